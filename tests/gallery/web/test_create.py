import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from gallery.models import Artwork, Job, Worker

pytestmark = pytest.mark.django_db
CREATE, ESTIMATE = reverse("create:create"), reverse("create:estimate")
SETTINGS = {
    "strength": 60, "image_size": 384, "num_steps": 50, "init": "content", "tv_weight": "10.0", "extractor": "slim",
    "stroke": 1, "preserve_color": "none", "optimizer": "adam", "content_weight": 1, "pooling": "max",
    "precision": "auto", "seed": 0,
}  # fmt: skip


@pytest.fixture
def examples(ben, make_photo, make_painting):
    """A bundled photo and a bundled painting, to be used by everybody."""
    photo, painting = make_photo(ben, "navy"), make_painting(ben, "gold")
    for picture in (photo, painting):
        type(picture).objects.filter(pk=picture.pk).update(owner=None, is_example=True)
        picture.refresh_from_db()
    return photo, painting


@pytest.fixture
def choice(ada, make_photo, make_painting):
    return {**SETTINGS, "content": make_photo(ada).pk, "style": [make_painting(ada).pk]}


def test_a_filled_form_makes_an_artwork_and_leads_to_its_job(as_ada, ada, choice):
    response = as_ada.post(CREATE, {**choice, "title": "Evening", "request_id": uuid.uuid4()})
    artwork = Artwork.objects.get()
    assert response.url == reverse("jobs:detail", args=[artwork.latest_job.pk])
    assert (artwork.owner, artwork.title, artwork.content_id) == (ada, "Evening", choice["content"])
    assert artwork.parameters["image_size"] == 384
    assert artwork.parameters["style_weight"] > 10


def test_the_form_sent_twice_paints_once(as_ada, choice):
    request_id = as_ada.get(CREATE).context["form"]["request_id"].value()
    answers = {as_ada.post(CREATE, {**choice, "request_id": request_id}).url for _ in range(2)}
    assert len(answers) == Artwork.objects.count() == Job.objects.count() == 1


def test_the_form_changed_and_sent_again_paints_anew(as_ada, choice):
    request_id = as_ada.get(CREATE).context["form"]["request_id"].value()
    for strength in (20, 80):
        as_ada.post(CREATE, {**choice, "strength": strength, "request_id": request_id})
    assert len({artwork.parameters["style_weight"] for artwork in Artwork.objects.all()}) == 2


def test_two_visits_are_two_requests(as_ada):
    ids = {as_ada.get(CREATE).context["form"]["request_id"].value() for _ in range(2)}
    assert len(ids) == 2


def test_shares_of_several_paintings_reach_the_artwork(as_ada, ada, choice, make_painting):
    second = make_painting(ada, "blue")
    first = choice["style"][0]
    as_ada.post(CREATE, {**choice, "style": [first, second.pk], f"share-{first}": 25, f"share-{second.pk}": 75})
    shares = dict(Artwork.objects.get().artworkstyle_set.values_list("style", "weight"))
    assert shares == {first: 25.0, second.pk: 75.0}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_size", 7), ("image_size", 99999), ("num_steps", 0), ("strength", 101), ("tv_weight", -1), ("seed", "x"),
        ("learning_rate", -1), ("pyramid_levels", 9), ("content_layers", "relu9_9"),
        ("style_layers", "relu1_1 relu1_1"), ("optimizer", "sgd"), ("extractor", "vgg19"),
    ],
)  # fmt: skip
def test_an_impossible_setting_is_named_and_the_rest_kept(as_ada, choice, field, value):
    page = as_ada.post(CREATE, {**choice, "title": "My own title", field: value})
    assert page.status_code == 400
    assert list(page.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in page.text
    assert "My own title" in page.text
    assert page.context["form"].content_choices()[0]["chosen"]
    assert page.context["form"].style_choices()[0]["chosen"]
    assert not Artwork.objects.exists()


def test_a_form_without_pictures_asks_for_them(as_ada):
    page = as_ada.post(CREATE, SETTINGS)
    assert "Choose a photo." in page.text
    assert "Choose a painting." in page.text
    assert "<title>Error: Create" in page.text
    assert page.text.count('aria-invalid="true"') == 2


def test_what_is_wrong_is_named_above_the_form_from_top_to_bottom_and_leads_there(as_ada):
    page = as_ada.post(CREATE, {**SETTINGS, "seed": "x"}).text
    above = page[page.index("data-refusal") : page.index("<form class")]
    links = re.findall(r'<p>([^<:]+): <a href="#(id_\w+)">([^<]+)</a>', above)
    assert [text for _, _, text in links] == ["Choose a photo.", "Choose a painting.", "Enter a whole number."]
    assert [label for label, _, _ in links] == ["Photo", "Painting", "Seed"]
    assert all(page.count(f'id="{place}"') == 1 for _, place, _ in links)


def test_pictures_of_others_are_neither_shown_nor_accepted(as_ada, ben, make_photo, make_painting):
    photo, painting = make_photo(ben), make_painting(ben)
    page = as_ada.post(CREATE, {**SETTINGS, "content": photo.pk, "style": painting.pk})
    assert str(photo.pk) not in page.text
    assert str(painting.pk) not in page.text
    assert not Artwork.objects.exists()


def test_the_limit_of_unfinished_jobs_is_said_in_a_sentence(as_ada, choice, settings):
    settings.MAX_UNFINISHED_JOBS_PER_USER = 1
    as_ada.post(CREATE, choice)
    page = as_ada.post(CREATE, choice)
    assert page.status_code == 429
    assert "wait for one of them or cancel it" in page.text
    assert Artwork.objects.count() == 1


def test_a_photo_sent_with_the_form_is_kept_chosen_and_painted(as_ada, choice, make_upload):
    without_photo = {name: value for name, value in choice.items() if name != "content"}
    as_ada.post(CREATE, {**without_photo, "new_content": make_upload("fresh.png", color="pink")})
    assert Artwork.objects.get().content.title == "fresh"


def test_uploading_without_scripts_keeps_every_other_setting(as_ada, ada, choice, make_upload):
    uploads = {"new_style": make_upload("fresh.png", color="pink"), "action": "upload"}
    page = as_ada.post(CREATE, {**choice, **uploads, "strength": 81, "title": "Kept", "style_layers": "relu1_2"})
    form = page.context["form"]
    assert not form.errors
    assert 'role="alert"' not in page.text
    assert form["strength"].value() == 81
    assert 'value="Kept"' in page.text
    assert 'value="relu1_2"' in page.text
    assert {entry["picture"].title for entry in form.style_choices() if entry["chosen"]} == {"fresh", "painting"}
    assert not Artwork.objects.exists()


def test_a_refused_upload_is_named_and_nothing_is_painted(as_ada, choice):
    page = as_ada.post(CREATE, {**choice, "new_content": SimpleUploadedFile("broken.jpg", b"no"), "strength": 81})
    assert "broken.jpg" in page.text
    assert page.context["form"]["strength"].value() == 81
    assert not Artwork.objects.exists()


def test_an_oversized_upload_is_named_and_nothing_is_painted(as_ada, choice, settings, make_upload):
    settings.MAX_UPLOAD_BYTES = 100
    page = as_ada.post(CREATE, {**choice, "new_content": make_upload("enormous.png")})
    assert "enormous.png" in page.text
    assert not Artwork.objects.exists()


def test_a_visitor_sees_the_examples_and_nothing_else(client, ada, examples, make_photo):
    hidden = make_photo(ada)
    page = client.get(CREATE)
    assert str(examples[0].pk) in page.text
    assert str(examples[1].pk) in page.text
    assert str(hidden.pk) not in page.text
    assert "Sign in and paint it" in page.text


def test_a_visitors_choice_is_found_again_after_signing_in(client, ada, examples):
    photo, painting = examples
    share = {f"share-{painting.pk}": 33}
    asked = {**SETTINGS, "content": photo.pk, "style": painting.pk, "strength": 77, "title": "Über & Co", **share}
    answer = client.post(CREATE, asked)
    assert answer.url.startswith(reverse("account_login"))
    assert not Artwork.objects.exists()
    login = {"login": "ada", "password": "correct horse", "next": parse_qs(urlsplit(answer.url).query)["next"][0]}
    page = client.post(reverse("account_login"), login, follow=True)
    form = page.context["form"]
    assert form["strength"].value() == 77
    assert form["title"].value() == "Über & Co"
    assert form["image_size"].value() == 384
    assert [entry["picture"] for entry in form.content_choices() if entry["chosen"]] == [photo]
    assert [entry["share"] for entry in form.style_choices() if entry["chosen"]] == [33]


def test_the_address_that_remembers_a_visitors_choice_leaves_out_what_nobody_chose(
    client, examples, make_painting, ben
):
    photo, painting = examples
    form = client.get(CREATE).context["form"]
    untouched = {field.name: field.value() for field in form if field.value() is not None}
    shares = {f"share-{pk}": 50 for pk in (painting.pk, make_painting(ben, "red").pk)}
    chosen = {"content": photo.pk, "style": painting.pk, "method": "gatys", "content_layers": "", "num_steps": 400}
    answer = client.post(CREATE, {**untouched, **shares, **chosen})
    draft = parse_qs(urlsplit(parse_qs(urlsplit(answer.url).query)["next"][0]).query)
    expected = {"content": photo.pk, "style": painting.pk, "method": "gatys", "num_steps": 400}
    assert draft == {name: [str(value)] for name, value in expected.items()}


def test_addresses_choose_pictures(as_ada, examples):
    form = as_ada.get(CREATE, {"content": examples[0].pk, "style": examples[1].pk, "strength": "rubbish"}).context[
        "form"
    ]
    assert form["content"].value() == examples[0].pk
    assert form["style"].value() == [examples[1].pk]
    assert form["strength"].value() == 50


def test_the_estimate_grows_with_size_and_steps(as_ada, choice):
    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster="interactive", pid=1, device="cpu", extractors=["slim"], speeds={"slim": 0.5},
        started_at=now, heartbeat_at=now,
    )  # fmt: skip
    small = as_ada.get(ESTIMATE, choice).context["seconds"]
    more_steps = as_ada.get(ESTIMATE, {**choice, "num_steps": 400}).context["seconds"]
    larger = as_ada.get(ESTIMATE, {**choice, "image_size": 1024}).context["seconds"]
    assert small < more_steps
    assert small < larger
    assert "No worker for this is running" not in as_ada.get(ESTIMATE, choice).text


def test_the_estimate_says_what_it_does_not_know(as_ada, choice):
    assert "Choose a photo and a painting to see" in as_ada.get(ESTIMATE, SETTINGS).text
    assert "Choose a painting to see" in as_ada.get(ESTIMATE, {**choice, "style": []}).text
    assert "Choose a photo to see" in as_ada.get(ESTIMATE, {**choice, "content": ""}).text
    assert "Strength: Ensure this value is less" in as_ada.get(ESTIMATE, {**choice, "strength": 400}).text
    unknown = as_ada.get(ESTIMATE, choice).text
    assert "after the first picture" in unknown
    assert "No worker for this is running" in unknown


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("stroke", 0, "Stroke size is 0.0; give a number from 0.25 to 4."),
        ("scales", 9, "Scales is 9; give"), ("pyramid_levels", 0, "Pyramid levels is 0; give"),
        ("learning_rate", 0, "Learning rate is 0.0; give"), ("content_layers", "foo", "Photo layers names"),
        ("num_steps", 999_999, "Care is 999999; give"), ("image_size", 7, "Size is 7; give"),
    ],
)  # fmt: skip
def test_the_estimate_names_a_setting_that_the_engine_refuses(client, examples, field, value, words):
    asked = {**SETTINGS, "content": examples[0].pk, field: value}
    assert words in client.get(ESTIMATE, asked).text
    assert words in client.get(ESTIMATE, {**asked, "content": ""}).text


def test_the_estimate_tells_a_visitor_nothing_about_hidden_pictures(client, ada, make_photo):
    assert "Choose a photo" in client.get(ESTIMATE, {**SETTINGS, "content": make_photo(ada).pk}).text
