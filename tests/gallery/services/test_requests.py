import uuid

import pytest

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded
from gallery.models import Artwork, Job, StyleModel, StyleNetwork, Worker
from gallery.services import requests, workers
from gallery.services.artworks import rename_artwork
from gallery.services.jobs import cancel_job
from gallery.services.teaching import teach_style
from stylize_engine.config import painted_megapixels
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db


def test_a_request_makes_an_artwork_and_a_waiting_job(ada, make_photo, make_painting):
    photo, first, second = make_photo(ada), make_painting(ada, "red"), make_painting(ada, "blue")
    artwork = requests.request_artwork(ada, photo, [(first, 3.0), (second, 1.0)], {**QUICK, "seed": 5})
    assert artwork.visibility == "private"
    assert artwork.title == "A photo painted"
    assert artwork.parameters["seed"] == 5
    assert artwork.parameters["style_weights"] == [3.0, 1.0]
    assert [(share.style, share.weight) for share in artwork.artworkstyle_set.all()] == [(first, 3.0), (second, 1.0)]
    assert (artwork.latest_job.state, artwork.latest_job.total) == ("queued", QUICK["num_steps"])


def test_titles_that_nobody_typed_can_be_told_apart(ada, ben, make_artwork):
    titles = [make_artwork(ada).title for _ in range(3)]
    assert titles == ["A photo painted", "A photo painted (2)", "A photo painted (3)"]
    assert make_artwork(ben).title == "A photo painted"
    assert [make_artwork(ada, title="Evening").title for _ in range(2)] == ["Evening", "Evening"]


def test_a_double_click_paints_once(ada, make_artwork):
    request_id, layers = uuid.uuid4(), {"parameters": QUICK | {"style_layers": ("relu2_1", "relu1_1")}}
    first = make_artwork(ada, request_id=request_id, **layers)
    rename_artwork(first, "Evening", "")
    assert make_artwork(ada, request_id=request_id, **layers) == first
    assert Job.objects.count() == 1


@pytest.fixture
def make_lesson(trained, example_photo, make_painting):
    """A style that waits to be learnt."""
    return lambda owner, **options: teach_style(owner, [make_painting(owner)], **options)


@pytest.mark.parametrize("kind", ["artwork", "lesson", "training", "experiment"])
def test_what_one_person_calls_a_request_is_free_for_another(request, ada, ben, kind):
    make, request_id = request.getfixturevalue(f"make_{kind}"), uuid.uuid4()
    first, second = make(ada, request_id=request_id), make(ben, request_id=request_id)
    assert (first.owner, second.owner) == (ada, ben)
    assert make(ben, request_id=request_id) == second


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"num_steps": 0}, "num_steps"),
        ({"image_size": 100_000}, "image_size"),
        ({"image_size": 5000}, "image_size"),
        ({"style_weight": -1}, "style_weight"),
        ({"style_weight": float("nan")}, "style_weight"),
        ({"content_layers": ["relu9_9"]}, "content_layers"),
        ({"extractor": "__import__"}, "extractor"),
        ({"extractor": "vgg16"}, "extractor"),
        ({"extractor": ["slim"]}, "extractor"),
        ({"content_weight": 10**400}, "content_weight"),
    ],
)
def test_senseless_settings_are_refused_by_name(ada, make_artwork, parameters, field):
    with pytest.raises(InvalidRequest) as refusal:
        make_artwork(ada, parameters=QUICK | parameters)
    assert refusal.value.field == field
    assert not Artwork.objects.exists()


def test_an_unknown_setting_is_refused(ada, make_artwork):
    with pytest.raises(InvalidRequest, match="no setting 'brush'; there are: image_size, num_steps, ") as refusal:
        make_artwork(ada, parameters={"brush": 3})
    assert refusal.value.field == "parameters"


def test_pictures_of_others_cannot_be_used(ada, ben, make_photo, make_painting):
    with pytest.raises(InvalidRequest) as refusal:
        requests.request_artwork(ben, make_photo(ada), [(make_painting(ben), 1)], QUICK)
    assert refusal.value.field == "content"
    with pytest.raises(InvalidRequest) as refusal:
        requests.request_artwork(ben, make_photo(ben), [(make_painting(ada), 1)], QUICK)
    assert refusal.value.field == "styles"


def test_a_painting_is_needed_and_counts_once(ada, make_photo, make_painting):
    photo, painting = make_photo(ada), make_painting(ada)
    for styles in ([], [(painting, 1), (painting, 2)], [(painting, 0)], [(painting, float("nan"))]):
        with pytest.raises(InvalidRequest) as refusal:
            requests.request_artwork(ada, photo, styles, QUICK)
        assert refusal.value.field == "styles"


def test_the_number_of_unfinished_jobs_is_limited(ada, make_artwork, settings):
    settings.MAX_UNFINISHED_JOBS_PER_USER = 1
    make_artwork(ada)
    with pytest.raises(QuotaExceeded, match="cancel"):
        make_artwork(ada)
    assert Artwork.objects.count() == 1


def test_short_work_goes_to_the_interactive_queue_once_a_worker_was_measured(ada, make_artwork):
    assert make_artwork(ada).latest_job.queue == "optimize"
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=0, extractors=["slim"])
    workers.record_speed("w", "slim", 2.0)
    assert make_artwork(ada).latest_job.queue == "interactive"
    long = make_artwork(ada, parameters={"image_size": 1024, "num_steps": 500, "scales": 1})
    assert long.latest_job.queue == "optimize"
    assert long.latest_job.estimated_seconds == pytest.approx(1 + 500 * 1024 * 768 / 1e6 / 2.0)


def test_coarse_to_fine_is_estimated_to_be_quicker_than_the_full_size_throughout(ada, make_artwork):
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=0, extractors=["slim"])
    workers.record_speed("w", "slim", 2.0)
    one, many = (
        make_artwork(ada, parameters={"image_size": 1024, "num_steps": 500, "scales": scales}).latest_job
        for scales in (1, None)
    )
    assert many.estimated_seconds < 0.5 * one.estimated_seconds


def test_measured_speeds_are_blended_and_inherited(db):
    introduction = {"host": "h", "cluster": "optimize", "device": "CPU", "memory_bytes": 0, "extractors": ["slim"]}
    workers.register_worker("one", pid=1, **introduction)
    workers.record_speed("one", "slim", 2.0)
    workers.record_speed("one", "slim", 4.0)
    workers.register_worker("two", pid=2, **introduction)
    assert Worker.objects.get(name="two").speeds == {"slim": 3.0}


def instant(owner, photo, models, parameters=None, **options):
    return requests.request_instant_artwork(owner, photo, models, parameters or {"image_size": 64}, **options)


def test_trained_styles_make_an_artwork_for_the_interactive_queue(ada, make_photo, trained):
    dots, lines = trained
    artwork = instant(ada, make_photo(ada), [(dots, 3.0), (lines, 1.0)], {"image_size": 64, "strength": 0.5})
    assert (artwork.method, artwork.latest_job.queue, artwork.latest_job.total) == ("network", "interactive", 1)
    assert (artwork.parameters["strength"], artwork.parameters["stroke"]) == (0.5, 1.0)
    assert [(share.model, share.weight) for share in artwork.artworkstyle_set.all()] == [(dots, 3.0), (lines, 1.0)]
    assert artwork.title == "A photo after Dots and Lines"


def test_a_made_up_title_names_all_that_everybody_may_see(ada, example_photo, trained):
    example_photo.title = "Harbour"
    assert requests.title_after(example_photo, trained) == "Harbour after Dots and Lines"
    assert requests.title_after(example_photo, [*trained, trained[0]]) == "Harbour after Dots, Lines and Dots"
    trained[0].state = "private"
    assert requests.title_after(example_photo, trained) == "Harbour after Lines"
    assert requests.title_after(example_photo, trained[:1]) == "Harbour painted"


def test_a_double_click_on_a_trained_style_paints_once(ada, make_photo, trained):
    request_id, photo = uuid.uuid4(), make_photo(ada)
    first, second = (instant(ada, photo, [(trained[0], 1)], request_id=request_id) for _ in range(2))
    assert first == second
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"strength": 2}, "strength"), ({"stroke": 0}, "stroke"), ({"image_size": 99999}, "image_size")],
)
def test_senseless_settings_of_trained_styles_are_refused_by_name(ada, make_photo, trained, parameters, field):
    with pytest.raises(InvalidRequest) as refusal:
        instant(ada, make_photo(ada), [(trained[0], 1)], parameters)
    assert refusal.value.field == field


def test_trained_styles_paint_in_the_usual_size_where_none_is_given(ada, make_photo, trained, settings):
    artwork = instant(ada, make_photo(ada), [(trained[0], 1)], {"image_size": None})
    assert artwork.parameters["image_size"] == settings.DEFAULT_INSTANT_SIZE


@pytest.mark.parametrize("share", [0, -1, float("nan"), float("inf"), 1e300])
def test_a_share_of_which_no_percentage_can_be_told_is_refused(ada, make_photo, trained, share):
    with pytest.raises(InvalidRequest, match="a share above 0 and of 1,000,000 at the most") as refusal:
        instant(ada, make_photo(ada), [(trained[0], share), (trained[1], 1)])
    assert refusal.value.field == "styles"
    assert not Artwork.objects.exists()


def test_a_style_that_others_keep_or_that_was_taken_away_cannot_be_used(ada, ben, make_photo, trained):
    dots, _ = trained
    photo = make_photo(ada)
    for change in ({"state": "retired"}, {"state": "private", "owner": ben, "is_example": False}):
        StyleModel.objects.filter(pk=dots.pk).update(**change)
        with pytest.raises(InvalidRequest, match="not on offer"):
            instant(ada, photo, [(dots, 1)])


def test_a_style_that_is_still_being_learnt_is_said_to_be(ada, ben, make_photo, make_lesson):
    style = make_lesson(ada, title="Waves")
    with pytest.raises(InvalidRequest, match="“Waves” is still being learnt; wait until it is done") as refusal:
        instant(ada, make_photo(ada), [(style, 1)])
    assert refusal.value.field == "styles"
    with pytest.raises(InvalidRequest, match="not on offer"):
        instant(ben, make_photo(ben), [(style, 1)])
    cancel_job(style.latest_job)
    with pytest.raises(InvalidRequest, match="not on offer"):
        instant(ada, make_photo(ada), [(style, 1)])


@pytest.fixture
def other_network(db):
    return StyleNetwork.objects.create(title="other", sha256="0" * 64, file="networks/other.safetensors")


def test_styles_of_different_networks_cannot_be_blended(ada, make_photo, trained, other_network):
    dots, lines = trained
    StyleModel.objects.filter(pk=lines.pk).update(network=other_network)
    lines.refresh_from_db()
    with pytest.raises(InvalidRequest, match="same network"):
        instant(ada, make_photo(ada), [(dots, 1), (lines, 1)])


def test_an_artwork_is_not_tried_again_with_styles_that_could_not_be_chosen_now(
    ada, make_photo, trained, other_network
):
    artwork = instant(ada, make_photo(ada), [(style, 1) for style in trained])
    cancel_job(artwork.latest_job)
    changed = StyleModel.objects.filter(slug="lines")
    for change, words in (({"state": "retired"}, "not on offer"), ({"network": other_network}, "same network")):
        before = changed.values("state", "network").get()
        changed.update(**change)
        with pytest.raises(Conflict, match=words):
            requests.retry_artwork(artwork)
        changed.update(**before)
    assert artwork.jobs.count() == 1
    assert requests.retry_artwork(artwork).state == "queued"


def test_the_time_of_trained_styles_is_known_once_a_worker_was_measured(ada, make_photo, trained):
    photo = make_photo(ada)
    assert instant(ada, photo, [(trained[0], 1)]).latest_job.estimated_seconds is None
    workers.register_worker("w", host="h", cluster="interactive", pid=1, device="CPU", memory_bytes=0, extractors=[])
    workers.record_speed("w", "network", 2.0)
    job = instant(ada, photo, [(trained[0], 1)], {"image_size": 1000, "stroke": 2.0}).latest_job
    assert job.estimated_seconds == pytest.approx(0.3 + painted_megapixels(750, 1000, 2.0) / 2.0)
