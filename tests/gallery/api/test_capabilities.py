import pytest
from django.urls import reverse

from gallery.models import StyleModel
from gallery.services import workers
from stylize_engine.config import ApplyConfig, GatysConfig

pytestmark = pytest.mark.django_db


def test_the_capabilities_are_the_engines_own(api):
    data = api.get(reverse("api:capabilities")).data
    network, gatys = data["methods"]
    assert GatysConfig(**gatys["parameters"])
    assert ApplyConfig(styles={"any": 1}, **network["parameters"])
    assert "relu3_3" in dict((entry["name"], entry["layers"]) for entry in data["extractors"])["slim"]


def test_defaults_above_the_limits_of_this_gallery_are_told_as_they_are_here(api, settings):
    settings.MAX_ARTWORK_SIZE = settings.DEFAULT_INSTANT_SIZE = 400
    settings.MAX_ARTWORK_STEPS = 100
    data = api.get(reverse("api:capabilities")).data
    gatys, experiment = data["methods"][1]["parameters"], data["experiments"][0]["parameters"]
    assert [(told["image_size"], told["num_steps"]) for told in (gatys, experiment)] == [(400, 100)] * 2


def test_an_estimate_queues_nothing(as_ada_api, ada, make_photo, make_painting, django_assert_max_num_queries):
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=0, extractors=["slim"])
    workers.record_speed("w", "slim", 2.0)
    wish = {
        "method": "gatys", "content": str(make_photo(ada).pk), "styles": [{"painting": str(make_painting(ada).pk)}],
        "parameters": {"image_size": 512},
    }  # fmt: skip
    short = as_ada_api.post(reverse("api:estimates"), wish).data
    long = as_ada_api.post(reverse("api:estimates"), wish | {"parameters": {"image_size": 1024}}).data
    assert 0 < short["seconds"] < long["seconds"]
    assert not ada.job_set.exists()


@pytest.fixture
def too_long(make_photo, make_painting, ada):
    """Hours at the speed of the only worker."""
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=0, extractors=["slim"])
    workers.record_speed("w", "slim", 0.0001)
    return {"method": "gatys", "content": str(make_photo(ada).pk), "styles": [{"painting": str(make_painting(ada).pk)}]}


@pytest.fixture
def not_refinable(make_photo, ada, trained):
    StyleModel.objects.update(texture="")
    return {
        "method": "network", "content": str(make_photo(ada).pk), "styles": [{"style": "dots"}],
        "parameters": {"refine_steps": 12},
    }  # fmt: skip


@pytest.mark.parametrize("wish", ["too_long", "not_refinable"])
def test_an_estimate_refuses_what_asking_refuses_in_the_same_words(request, as_ada_api, wish):
    wish = request.getfixturevalue(wish)
    estimated, asked = (as_ada_api.post(reverse(f"api:{name}"), wish) for name in ("estimates", "artwork-list"))
    assert (estimated.status_code, estimated.data) == (asked.status_code, asked.data)
    assert asked.status_code == 400


def test_the_wait_is_that_of_the_queue_the_artwork_would_go_to(as_ada_api, ben, ada, make_photo, make_artwork, trained):
    type(make_artwork(ben).latest_job).objects.update(estimated_seconds=900)
    wish = {"method": "network", "content": str(make_photo(ada).pk), "styles": [{"style": trained[0].slug}]}
    assert as_ada_api.post(reverse("api:estimates"), wish).data["wait_seconds"] == 0
