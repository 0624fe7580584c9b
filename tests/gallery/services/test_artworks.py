import uuid

import pytest

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded
from gallery.models import Artwork, Job, Worker
from gallery.services import artworks, jobs, workers
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db


def test_a_request_makes_an_artwork_and_a_waiting_job(ada, make_photo, make_painting):
    photo, first, second = make_photo(ada), make_painting(ada, "red"), make_painting(ada, "blue")
    artwork = artworks.request_artwork(ada, photo, [(first, 3.0), (second, 1.0)], {**QUICK, "seed": 5})
    assert artwork.visibility == "private"
    assert artwork.title == "photo after painting"
    assert artwork.parameters["seed"] == 5
    assert artwork.parameters["style_weights"] == [3.0, 1.0]
    assert [(share.style, share.weight) for share in artwork.artworkstyle_set.all()] == [(first, 3.0), (second, 1.0)]
    assert (artwork.latest_job.state, artwork.latest_job.total) == ("queued", QUICK["num_steps"])


def test_a_double_click_paints_once(ada, make_artwork):
    request_id = uuid.uuid4()
    assert make_artwork(ada, request_id=request_id) == make_artwork(ada, request_id=request_id)
    assert Job.objects.count() == 1


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
    ],
)
def test_senseless_settings_are_refused_by_name(ada, make_artwork, parameters, field):
    with pytest.raises(InvalidRequest) as refusal:
        make_artwork(ada, parameters=QUICK | parameters)
    assert refusal.value.field == field
    assert not Artwork.objects.exists()


def test_an_unknown_setting_is_refused(ada, make_artwork):
    with pytest.raises(InvalidRequest, match="does not know"):
        make_artwork(ada, parameters={"brush": 3})


def test_pictures_of_others_cannot_be_used(ada, ben, make_photo, make_painting):
    with pytest.raises(InvalidRequest) as refusal:
        artworks.request_artwork(ben, make_photo(ada), [(make_painting(ben), 1)], QUICK)
    assert refusal.value.field == "content"
    with pytest.raises(InvalidRequest) as refusal:
        artworks.request_artwork(ben, make_photo(ben), [(make_painting(ada), 1)], QUICK)
    assert refusal.value.field == "styles"


def test_a_painting_is_needed_and_counts_once(ada, make_photo, make_painting):
    photo, painting = make_photo(ada), make_painting(ada)
    for styles in ([], [(painting, 1), (painting, 2)]):
        with pytest.raises(InvalidRequest):
            artworks.request_artwork(ada, photo, styles, QUICK)


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


def test_only_a_finished_artwork_is_shared(ada, make_artwork):
    artwork = make_artwork(ada)
    with pytest.raises(Conflict):
        artworks.share_artwork(artwork, "public", show_content=True)
    held = jobs.claim_next("optimize", "w")
    jobs.succeed_job(held, loss_history=[], total=4, result="results/x.jpg", width=1, height=1)
    artwork.refresh_from_db()
    artworks.share_artwork(artwork, "public", show_content=False)
    first_date = artwork.published_at
    artworks.share_artwork(artwork, "private", show_content=False)
    artworks.share_artwork(artwork, "public", show_content=False)
    assert Artwork.objects.public().get() == artwork
    assert artwork.published_at == first_date


def test_a_worker_whose_artwork_was_deleted_stops(ada, make_artwork):
    from gallery.exceptions import LeaseLost

    artwork = make_artwork(ada)
    held = jobs.claim_next("optimize", "w")
    artworks.delete_artwork(artwork)
    with pytest.raises(LeaseLost):
        jobs.report_progress(held, step=1, total=4, eta_seconds=1, loss_history=[], preview="")
