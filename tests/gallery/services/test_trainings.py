import uuid

import pytest
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest, NoRoom
from gallery.models import StyleImage, StyleModel, StyleNetwork, TrainingRun, Worker
from gallery.services import jobs, pauses, trainings
from gallery.services.leaving import delete_account
from gallery.services.uploads import delete_source_image
from tests.conftest import QUICK_TRAINING, TINY_NETWORK

pytestmark = pytest.mark.django_db


def test_a_training_waits_in_its_own_queue_with_all_its_settings(ada, make_training):
    run = make_training(ada, title="First try", parameters={"style_weight": 20})
    job = run.latest_job
    assert (run.title, job.kind, job.queue, job.total) == ("First try", "training", "training", 4)
    assert run.parameters["style_weight"] == 20
    assert run.parameters["tv_weight"] == 1
    assert "dataset" not in run.parameters


def test_sent_twice_it_is_one_training(ada, make_training, make_painting):
    painting, key = make_painting(ada), uuid.uuid4()
    first = make_training(ada, styles={"waves": [painting]}, request_id=key)
    assert make_training(ada, styles={"waves": [painting]}, request_id=key) == first
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({"steps": 0}, "steps", "steps is 0"),
        ({"steps": 10**6}, "steps", "at the most in this gallery"),
        ({"steps": None, "epochs": 10**6}, "epochs", "at the most in this gallery"),
        ({"extractor": "vgg16"}, "extractor", "No worker has the weights of vgg16"),
        ({"extractor": "lenet"}, "extractor", "lenet"),
        ({"content_layers": ["relu9_9"]}, "content_layers", "relu9_9"),
        ({"architecture": {"blocks": 99}}, "blocks", "blocks"),
        ({"architecture": {"depth": 9}}, "architecture", "depth"),
        ({"architecture": 9}, "architecture", "by name"),
        ({"output": "/etc"}, "parameters", "no setting 'output'"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(ada, make_training, parameters, field, message):
    with pytest.raises(InvalidRequest, match=message) as refused:
        make_training(ada, parameters=parameters)
    assert refused.value.field == field
    assert not TrainingRun.objects.exists()


def test_all_settings_that_make_no_sense_are_named_at_once(ada, make_training):
    wrong = {"steps": 0, "extractor": "vgg16", "learning_rate": -1, "content_layers": 5, "architecture": {"fold": 9}}
    with pytest.raises(InvalidRequest) as refused:
        make_training(ada, base=None, parameters=wrong)
    assert set(refused.value.fields) == {"steps", "extractor", "learning_rate", "content_layers", "fold"}


def test_a_network_that_is_trained_on_keeps_its_architecture(ada, make_training, make_experiment, trainer, trained):
    with pytest.raises(InvalidRequest, match=r"is for a new network and “.+” has another one") as refused:
        make_training(ada, parameters={"architecture": {"blocks": 9}})
    assert refused.value.field == "architecture"
    assert make_training(ada, parameters={"architecture": TINY_NETWORK})
    shape = {"steps": 2, "architecture": {"blocks": 9}}
    with pytest.raises(InvalidRequest, match="has another one; leave it out"):
        make_experiment(trainer, {"seed": [1, 2]}, method="training", parameters=shape, base=trained[0].network)


def test_an_extractor_that_a_worker_has_may_be_chosen(ada, make_training):
    from django.utils import timezone

    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster="training", pid=1, device="CPU", extractors=["vgg16"], started_at=now,
        heartbeat_at=now, speeds={"training with vgg16": 0.5},
    )  # fmt: skip
    run = make_training(ada, parameters={"extractor": "vgg16"})
    assert run.latest_job.estimated_seconds == pytest.approx(4 * 64 * 64 / 1e6 / 0.5)


def test_paintings_of_others_teach_nothing(ada, ben, make_training, make_painting):
    with pytest.raises(InvalidRequest, match="your own"):
        make_training(ada, styles={"waves": [make_painting(ben)]})


def test_each_picture_teaches_one_style(ada, make_training, make_painting):
    painting = make_painting(ada)
    with pytest.raises(InvalidRequest, match="one style only"):
        make_training(ada, styles={"waves": [painting], "tides": [painting]})
    with pytest.raises(InvalidRequest, match="at least one"):
        make_training(ada, styles={"waves": []})


def test_a_network_that_has_not_passed_its_check_is_no_base(ada, make_training):
    with pytest.raises(InvalidRequest, match="not passed its check") as refused:
        make_training(ada, base=StyleNetwork.objects.create(title="Brought", sha256="0" * 64))
    assert refused.value.field == "base"


def test_a_name_that_the_network_has_is_refused(ada, make_training, make_painting):
    with pytest.raises(InvalidRequest, match="has a style 'dots' already"):
        make_training(ada, styles={"dots": [make_painting(ada)]})


def test_folders_that_the_operator_has_not_allowed_are_out_of_reach(ada, make_training, tmp_path):
    with pytest.raises(InvalidRequest, match="TRAINING_FOLDERS"):
        make_training(ada, folder="/etc")


def test_a_disk_without_room_is_said_before_anything_is_queued(ada, make_training, make_painting, settings):
    painting = make_painting(ada)
    settings.MIN_FREE_BYTES = 2**60
    with pytest.raises(NoRoom, match="make room first"):
        make_training(ada, styles={"waves": [painting]})


def test_a_waiting_training_is_paused_and_resumed(ada, make_training):
    job = make_training(ada).latest_job
    pauses.pause_job(job)
    assert job.state == "paused"
    assert jobs.claim_next("training", "w") is None
    with pytest.raises(Conflict, match="not running"):
        pauses.pause_job(job)
    pauses.resume_job(job)
    assert jobs.claim_next("training", "w").job_id == job.pk
    with pytest.raises(Conflict, match="not paused"):
        pauses.resume_job(job)


def test_a_paused_training_is_cancelled_at_once(ada, make_training):
    job = make_training(ada).latest_job
    pauses.pause_job(job)
    jobs.cancel_job(job)
    assert job.state == "cancelled"


def test_only_a_running_training_is_ended_early(ada, make_training):
    job = make_training(ada).latest_job
    with pytest.raises(Conflict, match="not running"):
        pauses.finish_job(job)


def test_pictures_being_painted_cannot_be_paused(ada, make_artwork):
    with pytest.raises(Conflict, match="Only trainings"):
        pauses.pause_job(make_artwork(ada).latest_job)


def test_a_training_under_way_is_not_deleted(ada, make_training, media_root, django_capture_on_commit_callbacks):
    run = make_training(ada)
    with pytest.raises(Conflict, match="cancel it first"):
        trainings.delete_training(run)
    jobs.cancel_job(run.latest_job)
    (media_root / run.work_folder).mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        trainings.delete_training(run)
    assert not TrainingRun.objects.exists()
    assert not (media_root / run.work_folder).exists()


@pytest.mark.parametrize("what", ["the training", "its trainer"])
def test_a_style_is_still_refined_by_its_painting_when_the_training_is_gone(
    ada, ben, make_training, make_painting, run_jobs, what
):
    painting = make_painting(ben)
    StyleImage.objects.filter(pk=painting.pk).update(owner=None, is_example=True)
    painting.refresh_from_db()
    run = make_training(ada, styles={"waves": [painting], "dusk": [make_painting(ada)]})
    run_jobs()
    style = run.styles.get(slug__startswith="waves")
    StyleModel.objects.filter(pk=style.pk).update(state="published", published_at=timezone.now())
    if what == "the training":
        trainings.delete_training(run)
    else:
        delete_account(ada)
    style.refresh_from_db()
    assert (style.training_run, style.paintings()) == (None, [painting])
    assert [file.name for file in style.reference_files()] == [painting.file.name]


def test_a_painting_that_a_training_remembers_stays(ada, make_training):
    make_training(ada)
    with pytest.raises(Conflict, match="A training was made with this painting"):
        delete_source_image(StyleImage.objects.get(owner=ada))


def test_a_training_that_ended_well_is_not_done_again(ada, make_training, run_jobs, trainer):
    run = make_training(ada)
    run_jobs()
    run.refresh_from_db()
    with pytest.raises(Conflict, match="ended well"):
        trainings.retry_training(run, trainer)


def test_everything_a_training_may_be_told_has_a_default(ada, make_training):
    run = make_training(ada)
    assert set(QUICK_TRAINING) < set(run.parameters)
    assert trainings.training_config({"waves": []}, run.parameters, run.base).steps == 4


def test_a_training_of_no_given_length_is_as_long_as_this_gallery_allows(settings):
    settings.MAX_TRAINING_STEPS = 90
    assert trainings.training_config({"waves": []}, {}, None).steps == 90
    assert trainings.training_config({"waves": []}, {"epochs": 2}, None).steps is None
