import uuid

import pytest
from django.urls import reverse

from gallery.models import Artwork, Job, StyleModel
from gallery.services.artworks import share_artwork
from gallery.services.teaching import teach_style

pytestmark = pytest.mark.django_db
LIST = reverse("api:artwork-list")


def address(name, artwork, *arguments):
    return reverse(f"api:artwork-{name}", args=[artwork.pk, *arguments])


@pytest.fixture
def wish(ada, make_photo, make_painting):
    painting = {"painting": str(make_painting(ada).pk), "share": 2}
    parameters = {"image_size": 64, "num_steps": 3}
    return {"method": "gatys", "content": str(make_photo(ada).pk), "styles": [painting], "parameters": parameters}


@pytest.fixture
def instant(ada, make_photo, trained):
    styles = [{"style": "dots"}, {"style": "lines", "share": 3}]
    parameters = {"image_size": 64, "strength": 0.5}
    return {"method": "network", "content": str(make_photo(ada).pk), "styles": styles, "parameters": parameters}


def test_an_artwork_is_asked_for_followed_and_fetched(as_ada_api, wish, run_jobs):
    answer = as_ada_api.post(LIST, wish)
    assert answer.status_code == 202
    job = reverse("api:job-detail", args=[answer.data["job"]["id"]])
    assert as_ada_api.get(job).data["state"] == "queued"
    run_jobs()
    finished = as_ada_api.get(job).data
    assert (finished["state"], finished["progress"]) == ("succeeded", 1.0)
    assert finished["losses"]["total"] > 0
    artwork = as_ada_api.get(f"{LIST}{answer.data['id']}/").data
    assert [entry["step"] for entry in artwork["losses"]] == [1, 2, 3]
    picture = as_ada_api.get(artwork["files"]["full"], headers={"Accept": "image/*"})
    assert picture["Content-Type"] == "image/jpeg"
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8")


def test_trained_styles_are_blended(as_ada_api, instant, run_jobs):
    answer = as_ada_api.post(LIST, instant)
    assert answer.status_code == 202, answer.data
    assert [(style["style"], style["share"]) for style in answer.data["styles"]] == [("dots", 1.0), ("lines", 3.0)]
    run_jobs()
    assert Artwork.objects.get().result


def test_an_artwork_that_is_asked_for_again_is_answered_though_its_style_was_taken_away(as_ada_api, ada, instant):
    instant["parameters"] |= {"refine_steps": 2}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = as_ada_api.post(LIST, instant, headers=key)
    StyleModel.objects.filter(slug="dots").update(state="retired", texture="")
    again = as_ada_api.post(LIST, instant, headers=key)
    assert (again.status_code, again.data["id"]) == (202, first.data["id"])
    assert as_ada_api.post(LIST, instant | {"parameters": {}}, headers=key).status_code == 409
    anew = as_ada_api.post(LIST, instant)
    assert (anew.status_code, anew.data["fields"]) == (
        400,
        {"styles": ["One of the trained styles is not on offer; choose another."]},
    )


def test_a_style_that_was_taken_away_is_not_told_to_who_never_painted_with_it(as_ada_api, instant):
    StyleModel.objects.filter(slug="dots").update(state="retired")
    answer = as_ada_api.post(LIST, instant)
    assert "There is no style “dots” that you may use" in str(answer.data["fields"])


def test_the_same_idempotency_key_gives_the_same_artwork(as_ada_api, wish):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (as_ada_api.post(LIST, wish, headers=key).data["id"] for _ in range(2))
    assert first == second
    assert Job.objects.count() == 1


def test_another_request_with_the_same_idempotency_key_is_refused(as_ada_api, wish):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    as_ada_api.post(LIST, wish, headers=key)
    answer = as_ada_api.post(LIST, wish | {"parameters": {"image_size": 64, "num_steps": 4}}, headers=key)
    assert (answer.status_code, answer.data["type"], answer.data["fields"]) == (409, "request_differs", {})
    assert "with this Idempotency-Key asked for something else" in answer.data["message"]
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "magic"}, "method"),
        ({"content": str(uuid.uuid4())}, "content"),
        ({"styles": []}, "styles"),
        ({"styles": [{"share": 1}]}, "styles.0"),
        ({"styles": [{"style": "dots"}]}, "styles.0.style"),
        ({"parameters": {"num_steps": 0}}, "num_steps"),
        ({"parameters": {"num_steps": "many"}}, "num_steps"),
        ({"parameters": {"style_layers": {"a": 1}}}, "style_layers"),
        ({"parameters": []}, "parameters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field(as_ada_api, wish, change, field):
    answer = as_ada_api.post(LIST, wish | change)
    assert answer.status_code == 400
    assert answer.data["type"] == "invalid_request"
    assert field in answer.data["fields"]
    assert not Artwork.objects.exists()


@pytest.mark.parametrize("address", [LIST, reverse("api:estimates")])
@pytest.mark.parametrize(
    "styles",
    [
        [],
        [{"style": "dots"}] * 2,
        [{"style": "dots"}] * 4,
        [{"style": "dots", "share": -1}],
    ],
)
def test_styles_that_make_no_sense_are_named_as_the_request_names_them(as_ada_api, instant, styles, address):
    answer = as_ada_api.post(address, instant | {"styles": styles})
    assert answer.status_code == 400
    assert list(answer.data["fields"]) == ["styles"]


def test_an_unknown_setting_is_named_with_the_nearest_there_is(as_ada_api, instant):
    answer = as_ada_api.post(LIST, instant | {"parameters": {"strenght": 1}})
    assert answer.data["fields"] == {"parameters": ["There is no setting 'strenght'; did you mean 'strength'?"]}


@pytest.mark.parametrize("address", [LIST, reverse("api:estimates")])
def test_a_style_that_is_still_being_learnt_is_said_to_be(as_ada_api, ada, instant, make_painting, address):
    style = teach_style(ada, [make_painting(ada)], "Waves")
    answer = as_ada_api.post(address, instant | {"styles": [{"style": style.slug}]})
    assert answer.data["fields"] == {"styles": ["“Waves” is still being learnt; wait until it is done."]}


def test_a_key_that_is_none_is_refused(as_ada_api, wish):
    answer = as_ada_api.post(LIST, wish, headers={"Idempotency-Key": "again"})
    assert "Idempotency-Key" in answer.data["fields"]


def test_a_list_holds_ones_own_and_on_request_the_public_ones(as_ada_api, as_ben_api, api, ada, ben, make_painted):
    artwork, other = make_painted(ada), make_painted(ben)
    share_artwork(artwork, "public", show_content=False)
    assert [entry["id"] for entry in as_ada_api.get(LIST).data["results"]] == [str(artwork.pk)]
    assert [entry["id"] for entry in as_ben_api.get(LIST).data["results"]] == [str(other.pk)]
    for program in (as_ben_api, api):
        shown = program.get(LIST, {"scope": "public"}).data["results"]
        assert [entry["id"] for entry in shown] == [str(artwork.pk)]
        assert (shown[0]["job"], shown[0]["content"], shown[0]["photo_files"]) == (None, None, None)
        assert shown[0]["styles"] == [{"painting": None, "style": None, "title": None, "share": 1.0}]


def test_lists_are_filtered_and_ordered(as_ada_api, ada, make_artwork, make_painted):
    painted, waiting = make_painted(ada, title="b"), make_artwork(ada, title="a")
    found = as_ada_api.get(LIST, {"finished": "true"}).data["results"]
    assert [entry["id"] for entry in found] == [str(painted.pk)]
    by_title = as_ada_api.get(LIST, {"ordering": "title"}).data["results"]
    assert [entry["id"] for entry in by_title] == [str(waiting.pk), str(painted.pk)]
    assert as_ada_api.get(LIST, {"method": "magic"}).status_code == 400


def test_what_hangs_in_the_gallery_comes_as_on_its_wall(as_ada_api, api, ada, make_painted):
    late, early = (make_painted(ada, title=title) for title in ("late", "early"))
    for artwork in (early, late):
        share_artwork(artwork, "public")
    titles = [entry["title"] for entry in api.get(LIST, {"scope": "public"}).data["results"]]
    assert titles == ["late", "early"]
    oldest = api.get(LIST, {"scope": "public", "ordering": "published_at", "page_size": 1}).data
    following = api.get(oldest["next"]).data
    assert [page["results"][0]["title"] for page in (oldest, following)] == ["early", "late"]
    assert as_ada_api.get(LIST, {"ordering": "published_at"}).status_code == 400


@pytest.mark.parametrize(("setting", "value"), [("style_weights", [1, 2]), ("styles", {}), ("tile_size", 200)])
def test_what_the_gallery_decides_is_not_taken_in_silence(as_ada_api, wish, instant, setting, value):
    for asked in (wish, instant):
        answer = as_ada_api.post(LIST, asked | {"parameters": asked["parameters"] | {setting: value}})
        assert (answer.status_code, len(answer.data["fields"])) == (400, 1)


def test_the_settings_of_an_artwork_can_be_sent_again_as_they_were_told(as_ada_api, wish, instant):
    for asked in (wish, instant):
        told = as_ada_api.post(LIST, asked).data["parameters"]
        assert as_ada_api.post(LIST, asked | {"parameters": told}).data["parameters"] == told


def test_pages_follow_one_another(as_ada_api, ada, make_artwork):
    artworks = {str(make_artwork(ada).pk) for _ in range(3)}
    first = as_ada_api.get(LIST, {"page_size": 2}).data
    second = as_ada_api.get(first["next"]).data
    assert {entry["id"] for entry in first["results"] + second["results"]} == artworks
    assert second["next"] is None


def test_an_artwork_is_shared_renamed_and_removed(as_ada_api, api, ada, make_painted):
    artwork = make_painted(ada)
    change = {"title": "Evening", "visibility": "public", "show_content": True}
    answer = as_ada_api.patch(address("detail", artwork), change)
    assert (answer.status_code, answer.data["title"]) == (200, "Evening")
    assert api.get(answer.data["files"]["card"]).status_code == 200
    assert api.get(answer.data["photo_files"]["card"]).status_code == 200
    assert as_ada_api.delete(address("detail", artwork)).status_code == 204
    assert api.get(address("detail", artwork)).status_code == 404


def test_an_unfinished_artwork_is_not_shared_and_has_no_file(as_ada_api, ada, make_artwork):
    artwork = make_artwork(ada)
    answer = as_ada_api.patch(address("detail", artwork), {"visibility": "public"})
    assert (answer.status_code, answer.data["type"]) == (409, "conflict")
    assert as_ada_api.get(address("file", artwork, "full")).status_code == 404


def test_a_remix_names_its_parent(as_ben_api, as_ada_api, ada, ben, make_painted, wish, make_photo, make_painting):
    artwork = make_painted(ada)
    own = wish | {"content": str(make_photo(ben).pk), "styles": [{"painting": str(make_painting(ben).pk)}]}
    assert "parent" in as_ben_api.post(LIST, own | {"parent": str(artwork.pk)}).data["fields"]
    share_artwork(artwork, "public", show_content=False)
    assert as_ben_api.post(LIST, own | {"parent": str(artwork.pk)}).data["parent"] == str(artwork.pk)


def test_a_failed_artwork_is_painted_again(as_ada_api, ada, make_artwork):
    artwork = make_artwork(ada)
    job = artwork.latest_job
    Job.objects.update(state="failed", error_message="No.", finished_at=job.queued_at)
    answer = as_ada_api.post(address("retry", artwork))
    assert (answer.status_code, answer.data["retry_of"]) == (201, job.pk)


def test_an_unchanged_record_is_answered_with_not_modified(as_ada_api, ada, make_artwork):
    artwork = make_artwork(ada)
    first = as_ada_api.get(address("detail", artwork))
    again = as_ada_api.get(address("detail", artwork), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
