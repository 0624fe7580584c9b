import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.models import Experiment, Job, StyleNetwork

pytestmark = pytest.mark.django_db
LIST, NEW, ESTIMATE = reverse("experiments:list"), reverse("experiments:new"), reverse("experiments:estimate")
SHARED = {"strength": 50, "image_size": 64, "num_steps": 4, "init": "content", "tv_weight": 10, "extractor": "slim",
          "stroke": 1, "preserve_color": "none", "optimizer": "lbfgs", "content_weight": 1, "pooling": "max",
          "precision": "auto", "seed": 0}  # fmt: skip
TRAINING = {"method": "training", "train_steps": 4, "train_batch_size": 1, "train_image_size": 64,
            "train_style_weight": 12, "train_content_weight": 1, "train_tv_weight": 1}  # fmt: skip


def address(name, experiment, *more):
    return reverse(f"experiments:{name}", args=[experiment.pk, *more])


@pytest.fixture
def chosen(ada, make_photo, make_painting):
    """What Ada sends: her photo and painting, and the settings as the form has them."""
    return {**SHARED, "content": make_photo(ada).pk, "pictures": make_painting(ada).pk}


def test_an_experiment_is_asked_for_and_followed(as_ada, chosen):
    assert "Nothing tried yet" in as_ada.get(LIST).text
    sent = {**chosen, "vary_style_weight": "20, 200", "vary_init": ["content", "noise"], "title": "Weights"}
    answer = as_ada.post(NEW, sent)
    experiment = Experiment.objects.get()
    assert experiment.varied == {"style_weight": [20, 200], "init": ["content", "noise"]}
    assert answer.url == experiment.get_absolute_url()
    page = as_ada.get(answer.url).text
    assert "Waiting for its turn" in page
    assert "Weights" in as_ada.get(LIST).text
    job = reverse("jobs:detail", args=[experiment.latest_job.pk])
    assert as_ada.get(job).url == experiment.get_absolute_url()


def test_the_form_keeps_within_limits_below_the_usual_ones(as_ada, settings):
    settings.MAX_ARTWORK_SIZE, settings.MAX_ARTWORK_STEPS = 320, 40
    form = as_ada.get(NEW).context["form"]
    assert (form["image_size"].value(), form["num_steps"].value()) == (320, 40)


def test_the_form_sent_twice_tries_once(as_ada, chosen):
    sent = {**chosen, "vary_seed": "1,2", "request_id": as_ada.get(NEW).context["form"]["request_id"].value()}
    assert as_ada.post(NEW, sent).url == as_ada.post(NEW, sent).url
    assert Experiment.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("vary_style_weight", "20, much", "is no value here"),
        ("vary_style_weight", "20, -1", "Style weight is -1"),
        ("vary_content_layers", "relu2_1, relu9_9", "Photo layers names"),
        ("vary_num_steps", "5,", "is no value here"),
        ("vary_image_size", "64, 1700", "1600 at the most"),
        ("num_steps", "0", "Care is 0"),
    ],
)
def test_a_value_that_makes_no_sense_is_marked_and_all_input_kept(as_ada, chosen, field, text, message):
    page = as_ada.post(NEW, {**chosen, "vary_seed": "1, 2", "title": "Kept", field: text})
    form = page.context["form"]
    assert any(message in error for error in form.errors[field]), form.errors
    assert form["vary_seed"].value() == "1, 2"
    assert form[field].value() == text
    assert 'value="Kept"' in page.text
    assert [choice["chosen"] for choice in form.content_choices() + form.picture_choices()] == [True, True]
    assert not Experiment.objects.exists()


def test_a_refused_form_says_so_in_its_title_and_marks_its_choices(as_ada):
    page = as_ada.post(NEW, {"vary_preserve_color": "x"}).text
    assert "<title>Error: New experiment" in page
    for field in ("content", "pictures", "vary_preserve_color"):
        assert f'aria-describedby="id_{field}_error" aria-invalid="true"' in page


def test_an_experiment_beside_too_many_jobs_is_refused_with_the_status_of_that(as_ada, chosen, settings):
    settings.MAX_UNFINISHED_JOBS_PER_USER = 0
    refused = as_ada.post(NEW, {**chosen, "vary_style_weight": "20, 200"})
    assert refused.status_code == 429
    assert "wait for one of them or cancel it" in refused.text


def test_too_many_trials_or_none_are_refused(as_ada, chosen):
    page = as_ada.post(NEW, {**chosen, "vary_seed": "1,2,3,4,5", "vary_num_steps": "1,2,3,4"})
    assert "20 trials; 16 are the most" in page.text
    assert "two values or more" in as_ada.post(NEW, chosen).text
    assert not Experiment.objects.exists()


def test_the_page_tells_beforehand_how_many_trials_there_will_be(as_ada, chosen):
    assert "<strong>4 trials</strong>" in as_ada.get(ESTIMATE, {**chosen, "vary_seed": "1,2,3,4"}).text
    assert "two values or more" in as_ada.get(ESTIMATE, chosen).text
    assert "Seed: &#x27;one&#x27; is no value here" in as_ada.get(ESTIMATE, {**chosen, "vary_seed": "one"}).text
    assert "Stroke size is 9; give a number" in as_ada.get(ESTIMATE, {**chosen, "vary_stroke": "1, 9"}).text
    assert as_ada.get(ESTIMATE).status_code == 200


def test_pictures_sent_with_the_form_are_tried(as_ada, chosen, make_upload):
    sent = {**chosen, "vary_seed": "1,2", "content": "", "new_content": make_upload("fresh.png", color="red")}
    as_ada.post(NEW, sent)
    assert Experiment.objects.get().content.title == "fresh"


def test_a_refused_upload_keeps_what_was_typed(as_ada, chosen):
    sent = {**chosen, "vary_seed": "1, 2", "vary_init": ["noise"], "new_style": SimpleUploadedFile("broken.jpg", b"no")}
    page = as_ada.post(NEW, sent)
    assert "broken.jpg" in page.text
    assert 'value="1, 2"' in page.text
    assert page.context["form"]["vary_init"].value() == ["noise"]


def test_pictures_of_others_cannot_be_chosen(as_ben, chosen):
    page = as_ben.post(NEW, {**chosen, "vary_seed": "1,2"})
    assert "not there any more" in page.text
    assert not Experiment.objects.exists()


def test_trainings_are_offered_to_those_who_may(as_ada, client, trainer, chosen, trained):
    assert 'name="train_steps"' not in as_ada.get(NEW).text
    as_ada.post(NEW, {**chosen, **TRAINING, "vary_seed": "1,2", "train_vary_steps": "2,4"})
    assert Experiment.objects.get().method == "gatys"
    client.force_login(trainer)
    assert 'name="train_steps"' in client.get(NEW).text


def test_a_grid_of_trainings_is_asked_for_and_its_networks_kept(
    client, trainer, trained, example_photo, make_photo, make_painting, run_jobs
):
    client.force_login(trainer)
    sent = {**TRAINING, "content": make_photo(trainer).pk, "pictures": make_painting(trainer).pk,
            "base": trained[0].network.pk, "train_vary_style_weight": "6, 12", "vary_seed": "ignored"}  # fmt: skip
    page = client.post(NEW, {**sent, "train_vary_steps": "0,1"})
    assert any("Steps is 0" in error for error in page.context["form"].errors["train_vary_steps"])
    client.post(NEW, sent)
    experiment = Experiment.objects.get()
    assert (experiment.method, experiment.base) == ("training", trained[0].network)
    run_jobs()
    experiment.refresh_from_db()
    assert experiment.latest_job.state == "succeeded", experiment.latest_job.error_message
    network = reverse("media:experiment_network", args=[experiment.pk, 2])
    page = client.get(address("detail", experiment)).text
    assert network in page
    assert b"".join(client.get(network).streaming_content)[8:9] == b"{"
    for _ in range(2):
        assert client.post(address("keep", experiment, 2)).url == experiment.get_absolute_url()
    assert StyleNetwork.objects.filter(is_example=False).count() == 1
    assert Job.objects.filter(kind="network").count() == 1
