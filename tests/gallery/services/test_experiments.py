import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest, LeaseLost, NoRoom, QuotaExceeded
from gallery.models import Experiment, Job, Worker
from gallery.services import jobs
from gallery.services.cleanup import sweep_files
from gallery.services.experiments import (
    delete_experiment,
    keep_trial,
    record_results,
    request_experiment,
    retry_experiment,
)
from gallery.services.networks import delete_network
from gallery.services.orphans import ORPHAN_AGE_SECONDS
from gallery.services.picture_folder import adopt_folder
from gallery.services.retries import retry_job
from gallery.services.uploads import delete_source_image
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db
TRAINING = {"method": "training", "parameters": {"steps": 4}, "varied": {"style_weight": [6, 12]}}


def test_an_experiment_is_queued_with_all_its_settings(ada, make_experiment, django_capture_on_commit_callbacks):
    experiment = make_experiment(ada, {"style_weight": [20.0, 200.0], "init": ["content", "noise"]})
    job = experiment.latest_job
    assert (job.kind, job.queue, job.state, job.total, job.owner) == ("experiment", "optimize", "queued", 4, ada)
    assert experiment.parameters["num_steps"] == QUICK["num_steps"]
    assert experiment.parameters["tv_weight"] == 10.0
    assert experiment.trial_count == 4


def test_no_private_picture_gives_an_experiment_its_name(ada, make_experiment, example_photo, make_painting):
    assert make_experiment(ada).title == "A photo painted"
    drawn = make_painting(ada, "navy")
    type(drawn).objects.filter(pk=drawn.pk).update(owner=None, is_example=True, title="Waves")
    drawn.refresh_from_db()
    assert make_experiment(ada, pictures=[drawn, make_painting(ada)]).title == "A photo after Waves"
    assert make_experiment(ada, content=example_photo, title="Mine").title == "Mine"


def test_a_double_click_makes_one_experiment(ada, make_experiment):
    key = uuid.uuid4()
    assert make_experiment(ada, request_id=key) == make_experiment(ada, request_id=key)
    assert Job.objects.count() == 1


def test_only_own_pictures_and_the_gallerys_are_used(ada, ben, example_photo, make_photo, make_painting):
    varied = {"seed": [1, 2]}
    with pytest.raises(InvalidRequest, match="your own pictures") as refusal:
        request_experiment(ada, make_photo(ben, "red"), [make_painting(ada)], "gatys", QUICK, varied)
    assert refusal.value.field == "content"
    with pytest.raises(InvalidRequest, match="your own pictures") as refusal:
        request_experiment(ada, example_photo, [make_painting(ben, "red")], "gatys", QUICK, varied)
    assert refusal.value.field == "pictures"
    with pytest.raises(InvalidRequest, match="one to 4 paintings"):
        request_experiment(ada, example_photo, [], "gatys", QUICK, varied)
    painting = make_painting(ada)
    with pytest.raises(InvalidRequest, match="once"):
        request_experiment(ada, example_photo, [painting, painting], "gatys", QUICK, varied)
    assert request_experiment(ada, example_photo, [painting], "gatys", QUICK, varied).latest_job


def test_only_administrators_train(ada, trainer, make_experiment, trained):
    with pytest.raises(InvalidRequest, match="Only administrators") as refusal:
        make_experiment(ada, **TRAINING)
    assert refusal.value.field == "method"
    experiment = make_experiment(trainer, **TRAINING, base=trained[0].network)
    assert experiment.latest_job.queue == "training"
    assert experiment.parameters["steps"] == 4
    assert not {"dataset", "styles", "output", "base"} & set(experiment.parameters)


def test_a_network_with_experiments_stays(trainer, make_experiment, trained):
    network = trained[0].network
    make_experiment(trainer, **TRAINING, base=network)
    type(network).objects.update(is_example=False, checked_at=timezone.now())
    network.refresh_from_db()
    with pytest.raises(Conflict, match="Experiments began"):
        delete_network(network)


def test_nobody_queues_more_than_the_limit(ada, make_experiment, settings):
    settings.MAX_UNFINISHED_JOBS_PER_USER = 1
    make_experiment(ada)
    with pytest.raises(QuotaExceeded):
        make_experiment(ada)


def test_nothing_is_begun_on_a_disk_that_is_nearly_full(ada, make_experiment, make_photo, make_painting, settings):
    photo, painting = make_photo(ada), make_painting(ada)
    settings.MIN_FREE_BYTES = 2**60
    with pytest.raises(NoRoom, match="make room first"):
        make_experiment(ada, content=photo, pictures=[painting])
    assert not Job.objects.exists()


def test_the_estimate_is_the_sum_of_the_trials(ada, trainer, make_experiment, trained, settings):
    assert make_experiment(ada).latest_job.estimated_seconds is None
    now = timezone.now()
    Worker.objects.create(name="w", host="h", cluster="optimize", pid=1, device="cpu", started_at=now,
                          heartbeat_at=now, speeds={"slim": 1.0, "lesson": 2.0})  # fmt: skip
    short, long = (
        make_experiment(ada, {"num_steps": steps}, request_id=uuid.uuid4()).latest_job.estimated_seconds
        for steps in ([4, 8], [4, 8, 16])
    )
    assert long > short > 2
    settings.LESSON_BATCH_SIZE = 4
    lessons = make_experiment(trainer, **TRAINING, base=trained[0].network)
    assert lessons.latest_job.estimated_seconds == pytest.approx(2 * 4 / 2 * 2 / 4)  # batches of two, not of four
    Worker.objects.update(extractors=["vgg16"])
    unmeasured = {"steps": 4, "extractor": "vgg16"}
    other = make_experiment(trainer, **TRAINING | {"parameters": unmeasured}).latest_job
    assert other.estimated_seconds is None


def test_what_has_failed_or_was_cancelled_is_tried_again_once(ada, make_experiment):
    experiment = make_experiment(ada)
    first = experiment.latest_job
    assert retry_experiment(experiment) == first
    jobs.cancel_job(first)
    again = retry_job(first, ada)
    assert (again.state, again.retry_of) == ("queued", first)
    assert retry_experiment(experiment) == again


def test_what_is_done_is_not_tried_again_unless_a_trial_failed(ada, make_experiment):
    experiment = make_experiment(ada)
    Job.objects.update(state="succeeded", finished_at=timezone.now())
    with pytest.raises(Conflict, match="are done"):
        retry_experiment(experiment)
    Experiment.objects.update(results=[{"trial": 1}, {"trial": 2, "failed": "Too large."}])
    assert retry_experiment(experiment).state == "queued"


def test_an_experiment_whose_paintings_are_gone_cannot_go_on(ada, make_experiment):
    experiment = make_experiment(ada)
    jobs.cancel_job(experiment.latest_job)
    delete_source_image(experiment.pictures.get())
    with pytest.raises(Conflict, match="paintings of this experiment were deleted"):
        retry_experiment(experiment)


def test_pictures_that_an_experiment_needs_stay(ada, make_experiment):
    experiment = make_experiment(ada)
    with pytest.raises(Conflict, match="experiment with this painting is under way"):
        delete_source_image(experiment.pictures.get())
    jobs.cancel_job(experiment.latest_job)
    with pytest.raises(Conflict, match="delete the experiment first"):
        delete_source_image(experiment.content)
    content = experiment.content
    delete_experiment(experiment)
    delete_source_image(content)


def test_only_who_holds_the_lease_writes_results(ada, make_experiment):
    experiment = make_experiment(ada)
    claim = jobs.claim_next("optimize", "w")
    record_results(claim, experiment, [{"trial": 1}])
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.recover_expired_leases()
    with pytest.raises(LeaseLost):
        record_results(claim, experiment, [])
    experiment.refresh_from_db()
    assert experiment.results == [{"trial": 1}]


def test_a_deleted_experiment_leaves_no_files(ada, make_tried, media_root, client, django_capture_on_commit_callbacks):
    experiment = make_tried(ada)
    folder = media_root / experiment.work_folder
    assert (folder / "trial_001.png").exists()
    client.force_login(ada)
    assert client.get(f"/media/experiments/{experiment.pk}/1/card").status_code == 200
    assert list((media_root / "thumbnails").rglob("*.png"))
    with django_capture_on_commit_callbacks(execute=True):
        delete_experiment(experiment)
    assert not folder.exists()
    assert not list((media_root / "thumbnails").rglob("*.png"))
    assert not Job.objects.exists()


def test_folders_that_no_experiment_names_are_swept(ada, make_experiment, media_root):
    import os

    kept = media_root / make_experiment(ada).work_folder
    orphan, fresh = kept.parent / str(uuid.uuid4()), kept.parent / str(uuid.uuid4())
    for folder in (kept, orphan, fresh):
        folder.mkdir(parents=True)
        (folder / "trial_001.png").write_bytes(b"")
    adopt_folder()
    old = time.time() - ORPHAN_AGE_SECONDS - 10
    for folder in (kept, orphan):
        os.utime(folder, (old, old))
    assert sweep_files() == 1
    assert (kept.exists(), orphan.exists(), fresh.exists()) == (True, False, True)


def test_a_trial_painted_by_optimisation_has_no_network_to_keep(ada, trainer, make_tried):
    with pytest.raises(InvalidRequest, match="Only administrators"):
        keep_trial(make_tried(ada), 1)
    with pytest.raises(Conflict, match="no network to keep"):
        keep_trial(make_tried(trainer), 1)
