import uuid

import pytest
from django.urls import reverse

from gallery.models import Job, StyleModel
from gallery.rendering import lessons

pytestmark = pytest.mark.django_db
LIST = reverse("api:style-list")


@pytest.fixture
def quick(monkeypatch, settings):
    settings.LESSON_STEPS, settings.LESSON_BATCH_SIZE = 2, 1
    monkeypatch.setattr(lessons, "REPORT_EVERY", 1)


def test_the_gallerys_styles_are_listed_with_their_samples(api, trained):
    found = api.get(LIST).data["results"]
    assert {entry["slug"] for entry in found} == {"dots", "lines"}
    assert api.get(found[0]["strip"]["large"], headers={"Accept": "image/*"}).status_code == 200


def test_a_style_is_taught_followed_and_used(
    quick, as_ada_api, ada, trained, example_photo, make_painting, make_photo, run_jobs
):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    wish = {"pictures": [str(make_painting(ada).pk)], "title": "Waves"}
    first, second = (as_ada_api.post(LIST, wish, headers=key) for _ in range(2))
    assert (first.status_code, first.data["style"]["state"]) == (202, "draft")
    assert first.data["job"]["id"] == second.data["job"]["id"]
    run_jobs()
    job = as_ada_api.get(reverse("api:job-detail", args=[first.data["job"]["id"]])).data
    slug = first.data["style"]["slug"]
    assert (job["kind"], job["state"], job["style"]) == ("style", "succeeded", slug)
    assert as_ada_api.get(f"{LIST}{slug}/").data["state"] == "private"
    wish = {"method": "network", "content": str(make_photo(ada).pk), "styles": [{"style": slug}]}
    assert as_ada_api.post(reverse("api:artwork-list"), wish).status_code == 202


def test_a_style_is_offered_renamed_and_removed(as_ada_api, ada, trained):
    model = StyleModel.objects.create(
        network=trained[0].network, slug="mine", title="Mine", owner=ada, state="private", row=trained[0].row
    )
    address = f"{LIST}{model.slug}/"
    assert as_ada_api.post(f"{address}offer/").data["state"] == "offered"
    assert as_ada_api.patch(address, {"title": "Storm"}).status_code == 409
    assert as_ada_api.post(f"{address}withdraw/").data["state"] == "private"
    assert as_ada_api.patch(address, {"title": "Storm"}).data["title"] == "Storm"
    assert as_ada_api.delete(address).status_code == 204
    assert not Job.objects.exists()


def test_a_lesson_that_is_under_way_is_not_queued_twice(as_ada_api, ada, trained, example_photo, make_painting):
    wish = {"pictures": [str(make_painting(ada).pk)], "title": "Waves"}
    assert as_ada_api.post(LIST, wish).status_code == 202
    answer = as_ada_api.post(LIST, wish)
    assert (answer.status_code, answer.data["type"]) == (409, "under_way")


def test_an_offer_is_refused_with_a_reason(program_of, trainer, trained):
    address = f"{LIST}dots/"
    StyleModel.objects.filter(slug="dots").update(state="offered", owner=trainer, is_example=False)
    refused = program_of(trainer).post(f"{address}refuse/", {"reason": "Too dark."}).data
    assert (refused["state"], refused["refusal"]) == ("private", "Too dark.")


def test_a_lesson_without_pictures_is_refused_by_name(as_ada_api, trained):
    for pictures in ([], [str(uuid.uuid4())]):
        answer = as_ada_api.post(LIST, {"pictures": pictures})
        assert answer.status_code == 400
        assert any(name.startswith("pictures") for name in answer.data["fields"])
