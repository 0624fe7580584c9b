"""The create page with trained styles."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gallery.models import Artwork, StyleModel, Worker
from gallery.services.artworks import rename_artwork, share_artwork
from gallery.services.styles import follow_style, publish_style, roll_back_style
from tests.conftest import PASSED_GATE
from tests.gallery.web.test_create import SETTINGS

pytestmark = pytest.mark.django_db
CREATE, ESTIMATE = reverse("create:create"), reverse("create:estimate")
INSTANT = {
    "method": "network",
    "instant_strength": 80,
    "instant_finish": 0,
    "instant_size": 720,
    "instant_stroke": "1.5",
    "instant_color": "luminance",
}


@pytest.fixture
def choice(ada, make_photo, trained):
    return {**INSTANT, "content": make_photo(ada).pk, "model": [trained[0].pk]}


@pytest.fixture
def painted(as_ada, choice, run_jobs):
    as_ada.post(CREATE, {**choice, "instant_size": 96})
    run_jobs()
    artwork = Artwork.objects.get()
    assert artwork.result, artwork.latest_job.error_message
    return artwork


def test_the_page_begins_with_trained_styles_where_there_are_any(client, trained):
    page = client.get(CREATE)
    assert page.context["form"].is_instant
    assert all(model.title in page.text for model in trained)


def test_each_trained_style_says_which_network_it_works_on_and_where_its_samples_are(client, trained):
    page = client.get(CREATE).text
    assert page.count(f'data-network="{trained[0].network_id}"') == 2
    assert all(reverse("media:trained", args=[model.pk, "strip", "large"]) in page for model in trained)


def test_without_trained_styles_the_page_offers_paintings_alone(client):
    page = client.get(CREATE)
    assert not page.context["form"].is_instant
    assert 'name="method"' not in page.text


def test_an_address_chooses_a_trained_style_and_one_with_a_painting_the_other_way(as_ada, ada, trained, make_painting):
    form = as_ada.get(CREATE, {"model": trained[1].pk}).context["form"]
    assert [entry["picture"] for entry in form.model_choices() if entry["chosen"]] == [trained[1]]
    assert not as_ada.get(CREATE, {"style": make_painting(ada).pk}).context["form"].is_instant


def test_a_filled_form_makes_an_artwork_of_the_fast_network(as_ada, choice):
    response = as_ada.post(CREATE, {**choice, "title": "Evening"})
    artwork = Artwork.objects.get()
    assert response.url == reverse("jobs:detail", args=[artwork.latest_job.pk])
    assert (artwork.method, artwork.title) == ("network", "Evening")
    kept = {name: artwork.parameters[name] for name in ("strength", "image_size", "stroke", "preserve_color")}
    assert kept == {"strength": 0.8, "image_size": 720, "stroke": 1.5, "preserve_color": "luminance"}


def test_what_is_wrong_with_the_other_method_does_not_matter(as_ada, choice):
    as_ada.post(CREATE, {**choice, **SETTINGS, "num_steps": "rubbish", **INSTANT})
    assert Artwork.objects.get().method == "network"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instant_size", 7),
        ("instant_strength", 101),
        ("instant_finish", 999),
        ("instant_stroke", 99),
        ("instant_color", "x"),
    ],
)
def test_an_impossible_setting_is_named_and_the_choice_kept(as_ada, choice, field, value):
    page = as_ada.post(CREATE, {**choice, field: value})
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert form.is_instant
    assert form.model_choices()[0]["chosen"]
    assert not Artwork.objects.exists()


def test_a_form_without_a_style_asks_for_one(as_ada, choice):
    page = as_ada.post(CREATE, {**choice, "model": []})
    assert "Choose a trained style." in page.text
    assert "Choose a style to see how long" in as_ada.get(ESTIMATE, {**choice, "model": []}).text


def test_shares_of_several_styles_reach_the_artwork(as_ada, choice, trained):
    first, second = (model.pk for model in trained)
    as_ada.post(CREATE, {**choice, "model": [first, second], f"share-{first}": 25, f"share-{second}": 75})
    assert dict(Artwork.objects.get().artworkstyle_set.values_list("model", "weight")) == {first: 25.0, second: 75.0}


def test_the_estimate_is_that_of_the_chosen_method(as_ada, ada, choice, make_painting):
    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster="interactive", pid=1, device="cpu", speeds={"network": 2.0, "slim": 0.01},
        started_at=now, heartbeat_at=now,
    )  # fmt: skip
    gatys = {"method": "gatys", "style": make_painting(ada).pk}
    assert as_ada.get(ESTIMATE, choice).context["seconds"] < 1
    assert as_ada.get(ESTIMATE, {**choice, **SETTINGS, **gatys}).context["seconds"] > 100


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("instant_stroke", 0, "Strokes is 0.0; give a number"), ("instant_size", 7, "Size is 7; give a whole number")],
)
def test_the_estimate_names_a_setting_of_a_trained_style_that_is_refused(client, example_photo, field, value, words):
    assert words in client.get(ESTIMATE, {**INSTANT, "content": example_photo.pk, field: value}).text


def test_a_painted_picture_says_which_trained_style_it_has(as_ada, painted, trained):
    page = as_ada.get(painted.get_absolute_url()).text
    assert trained[0].get_absolute_url() in page
    assert "80 of 100" in page
    assert "the photo&#x27;s" in page


def test_a_remix_copies_the_settings_of_a_trained_style(as_ada, painted, trained):
    form = as_ada.get(CREATE, {"remix": painted.pk}).context["form"]
    values = [form[name].value() for name in ("instant_strength", "instant_size", "instant_stroke", "instant_color")]
    assert values == [80, 96, 1.5, "luminance"]
    assert [entry["picture"] for entry in form.model_choices() if entry["chosen"]] == [trained[0]]


def test_a_remix_takes_the_version_that_has_taken_the_place_of_a_style(as_ada, painted, trained, choice):
    newer = StyleModel.objects.create(
        network=trained[0].network, slug="dots-2", title="Dots", row=trained[0].row, state="offered", gate=PASSED_GATE
    )
    follow_style(newer, trained[0])
    publish_style(newer)
    page = as_ada.get(CREATE, {"remix": painted.pk})
    assert [entry["picture"] for entry in page.context["form"].model_choices() if entry["chosen"]] == [newer]
    assert "trained anew since; its version 2 is chosen" in page.text
    assert painted.artworkstyle_set.get().model == trained[0]
    as_ada.post(CREATE, {**choice, "model": [newer.pk]})
    roll_back_style(newer)
    back = as_ada.get(CREATE, {"remix": Artwork.objects.exclude(pk=painted.pk).get().pk})
    assert "went back to an earlier version since; its version 1 is chosen" in back.text


def test_no_remix_takes_a_version_that_is_only_offered_not_even_that_of_who_may_judge_it(
    client, trainer, painted, trained
):
    share_artwork(painted, "public", show_content=False)
    dots = trained[0]
    for version, state in ((2, "retired"), (3, "offered")):
        StyleModel.objects.create(
            network=dots.network, slug=f"dots-{version}", title="Dots", row=dots.row, state=state, family=dots.family,
            version=version, published_at=timezone.now(),
        )  # fmt: skip
    client.force_login(trainer)

    def chosen():
        choices = client.get(CREATE, {"remix": painted.pk}).context["form"].model_choices()
        return [entry["picture"].version for entry in choices if entry["chosen"]]

    dots.versions().filter(version=1).update(state="retired")
    assert chosen() == []
    dots.versions().filter(version=2).update(state="published")
    assert chosen() == [2]


def test_a_remix_leaves_out_a_style_that_its_owner_keeps(as_ben, painted, trained, ada):
    share_artwork(painted, "public", show_content=False)
    StyleModel.objects.filter(pk=trained[0].pk).update(state="private", owner=ada, is_example=False)
    page = as_ben.get(CREATE, {"remix": painted.pk})
    assert not page.context["form"]["model"].value()
    assert len(page.context["notes"]) == 2
    seen = as_ben.get(painted.get_absolute_url()).text
    assert trained[0].title not in seen.replace(painted.title, "")
    assert "A style that is not public" in seen


@pytest.mark.parametrize("state", ["private", "offered", "retired"])
def test_the_name_of_a_style_is_read_on_an_artwork_by_those_who_may_see_it(
    as_ada, as_ben, client, ada, make_user, painted, trained, state
):
    share_artwork(painted, "public", show_content=False)
    rename_artwork(painted, "Untitled", "")
    StyleModel.objects.filter(pk=trained[0].pk).update(state=state, owner=ada, is_example=False)
    judge = Client()
    judge.force_login(make_user("judge", is_staff=True, is_superuser=True))
    for reader, may_see in [(as_ada, True), (as_ben, False), (Client(), False), (judge, state != "private")]:
        page = reader.get(painted.get_absolute_url()).text
        assert (trained[0].title in page, "A style that is not public" in page) == (may_see, not may_see)
        told = reader.get(reverse("api:artwork-detail", args=[painted.pk])).json()["styles"][0]
        assert (told["title"], told["style"]) == ((trained[0].title, trained[0].slug) if may_see else (None, None))


def test_a_remix_of_equal_shares_leaves_room_to_raise_each(as_ada, choice, trained):
    as_ada.post(CREATE, {**choice, "model": [model.pk for model in trained]})
    form = as_ada.get(CREATE, {"remix": Artwork.objects.get().pk}).context["form"]
    assert [entry["share"] for entry in form.model_choices()] == [50, 50]


@pytest.mark.parametrize(("shares", "sliders"), [((75, 25), [75, 25]), ((100, 50), [67, 33]), ((100, 1), [99, 1])])
def test_a_remix_keeps_how_the_shares_relate(as_ada, choice, trained, shares, sliders):
    given = {f"share-{model.pk}": share for model, share in zip(trained, shares, strict=True)}
    as_ada.post(CREATE, {**choice, "model": [model.pk for model in trained], **given})
    initial = as_ada.get(CREATE, {"remix": Artwork.objects.get().pk}).context["form"].initial
    assert [initial[f"share-{model.pk}"] for model in trained] == sliders


def test_pages_promise_no_seconds_that_a_slow_machine_would_not_keep(as_ada, trained):
    assert "about a second" not in as_ada.get(CREATE).text
    assert "about a second on a quick machine" in as_ada.get(reverse("styles:list")).text
    assert (
        "half a minute on a quick machine, a minute and a half on a slow one"
        in as_ada.get(reverse("styles:teach")).text
    )
