"""The same request under the same id gives what is there; another one is refused."""

import uuid

import pytest

from gallery.exceptions import Conflict, InvalidRequest, RequestDiffers
from gallery.models import Job, StyleNetwork
from gallery.services import workers
from gallery.services.repeats import ask
from gallery.services.requests import request_artwork, request_instant_artwork
from gallery.services.teaching import teach_style
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_lesson(trained, example_photo, make_painting):
    return lambda owner, **options: teach_style(owner, [make_painting(owner, **options.pop("painting", {}))], **options)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("artwork", {"parameters": QUICK | {"seed": 9}}),
        ("lesson", {"painting": {"color": "purple"}}),
        ("training", {"parameters": {"steps": 3}}),
        ("training", {"base": None}),
        ("experiment", {"varied": {"style_weight": [20.0, 300.0]}}),
        ("experiment", {"parameters": QUICK | {"seed": 9}}),
    ],
)
def test_another_request_under_the_same_id_is_refused(request, ada, kind, change):
    make, request_id = request.getfixturevalue(f"make_{kind}"), uuid.uuid4()
    first = make(ada, request_id=request_id)
    with pytest.raises(RequestDiffers, match="asked for something else; give each request a key of its own"):
        make(ada, request_id=request_id, **change)
    assert make(ada, request_id=request_id) == first
    assert Job.objects.count() == 1


@pytest.fixture
def vgg16(db):
    """A worker that has the weights of vgg16, until it is gone."""
    known = {"host": "h", "cluster": "optimize", "pid": 1, "device": "CPU", "memory_bytes": 1}
    workers.register_worker("w", extractors=["slim", "vgg16"], **known)


@pytest.mark.parametrize("kind", ["artwork", "experiment", "training"])
def test_a_request_that_comes_again_is_answered_though_no_worker_has_the_weights_any_more(
    request, vgg16, trainer, kind
):
    make, request_id = request.getfixturevalue(f"make_{kind}"), uuid.uuid4()
    wish = {"parameters": ({} if kind == "training" else QUICK) | {"extractor": "vgg16"}}
    first = make(trainer, request_id=request_id, **wish)
    workers.sign_off("w")
    assert make(trainer, request_id=request_id, **wish) == first
    with pytest.raises(InvalidRequest) as refusal:
        make(trainer, **wish)
    assert list(refusal.value.fields) == ["extractor"]
    with pytest.raises(RequestDiffers):
        make(trainer, request_id=request_id, parameters=wish["parameters"] | {"seed": 9})


def test_a_lesson_that_is_asked_for_again_is_answered_though_the_gallery_has_no_network_any_more(
    ada, make_lesson, trained
):
    request_id = uuid.uuid4()
    first = make_lesson(ada, request_id=request_id)
    StyleNetwork.objects.update(is_example=False)
    assert make_lesson(ada, request_id=request_id) == first
    with pytest.raises(Conflict, match="has no network"):
        make_lesson(ada, painting={"color": "purple"})


def test_an_artwork_of_other_pictures_is_another_one(ada, make_photo, make_painting):
    photo, painting, request_id = make_photo(ada), make_painting(ada), uuid.uuid4()
    first = request_artwork(ada, photo, [(painting, 1)], QUICK, request_id=request_id)
    for changed in (
        (make_photo(ada, "navy"), [(painting, 1)]),
        (photo, [(make_painting(ada, "purple"), 1)]),
        (photo, [(painting, 1), (make_painting(ada, "purple"), 1)]),
    ):
        with pytest.raises(RequestDiffers):
            request_artwork(ada, *changed, QUICK, request_id=request_id)
    assert request_artwork(ada, photo, [(painting, 1)], QUICK, request_id=request_id) == first


def test_other_shares_of_trained_styles_make_another_artwork(ada, make_photo, trained):
    photo, (dots, lines), request_id = make_photo(ada), trained, uuid.uuid4()
    request_instant_artwork(ada, photo, [(dots, 1), (lines, 1)], {}, request_id=request_id)
    with pytest.raises(RequestDiffers):
        request_instant_artwork(ada, photo, [(dots, 1), (lines, 2)], {}, request_id=request_id)


def test_a_form_that_was_changed_and_sent_again_asks_for_something_new(ada, make_photo, make_painting):
    request_id, chosen = uuid.uuid4(), (ada, make_photo(ada), [(make_painting(ada), 1)])
    first, again, changed, twice = (
        ask(request_artwork, *chosen, QUICK | {"seed": seed}, request_id=request_id) for seed in (1, 1, 2, 2)
    )
    assert first == again != changed == twice
    assert changed.parameters["seed"] == 2
