import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.models import ContentImage, StyleModel
from gallery.services.belongings import belongings_of
from gallery.services.requests import request_instant_artwork

pytestmark = pytest.mark.django_db


def taken(person) -> tuple[dict[str, bytes], dict]:
    """The files of a person's archive, and what it says about them."""
    archive = belongings_of(person)
    written = bytes(archive)
    assert len(written) == len(archive)
    with zipfile.ZipFile(io.BytesIO(written)) as found:
        assert found.testzip() is None
        files = {name: found.read(name) for name in found.namelist()}
    return files, json.loads(files.pop("about.json"))


def test_all_that_is_a_persons_own_and_nothing_else_is_taken_along(ada, ben, make_painted, make_photo, example_photo):
    make_painted(ben)
    artwork = make_painted(ada, title="Abend am Fluß / 1")
    files, about = taken(ada)
    painting = artwork.styles.get()
    assert files == {
        about["photos"][0]["file"]: artwork.content.file.read(),
        about["paintings"][0]["file"]: painting.file.read(),
        "artworks/abend-am-fluß-1.jpg": artwork.result.read(),
    }
    assert (about["username"], about["email"]) == (ada.username, ada.email)
    (told,) = about["artworks"]
    assert (told["title"], told["parameters"]) == ("Abend am Fluß / 1", artwork.parameters)
    assert told["painted_like"] == [{"title": painting.title, "share": 1.0}]


def test_what_is_not_painted_yet_and_a_file_that_is_gone_are_told_without_a_file(ada, make_artwork):
    artwork = make_artwork(ada)
    artwork.content.file.storage.delete(artwork.content.file.name)
    files, about = taken(ada)
    assert about["artworks"][0]["file"] is about["photos"][0]["file"] is None
    assert list(files) == [about["paintings"][0]["file"]]


def test_a_style_that_its_owner_took_back_is_not_named(ada, ben, trained, make_photo):
    request_instant_artwork(ada, make_photo(ada), [(trained[0], 1)], {"image_size": 64})
    assert taken(ada)[1]["artworks"][0]["painted_like"][0]["title"] == trained[0].title
    StyleModel.objects.update(owner=ben, is_example=False, state="private", published_at=None)
    assert taken(ada)[1]["artworks"][0]["painted_like"] == [{"title": None, "share": 1}]
    assert [style["title"] for style in taken(ben)[1]["styles"]] == [style.title for style in trained]


def test_titles_that_are_no_names_of_files_and_equal_ones_do_no_harm(ada, make_photo):
    make_photo(ada, "red"), make_photo(ada, "blue")
    ContentImage.objects.update(title="../../etc/passwd")
    files, _ = taken(ada)
    suffix = ContentImage.objects.first().file.name.rpartition(".")[2]
    assert set(files) == {f"photos/etcpasswd.{suffix}", f"photos/etcpasswd-2.{suffix}"}


def test_a_title_that_looks_numbered_is_not_taken_for_another(ada, make_photo):
    for color, title in (("red", "Sea"), ("blue", "Sea 2"), ("green", "Sea")):
        ContentImage.objects.filter(pk=make_photo(ada, color).pk).update(title=title)
    files, about = taken(ada)
    assert len(files) == 3
    assert {photo["file"] for photo in about["photos"]} == set(files)


def test_experiments_are_taken_along_with_their_table_their_sheet_their_pictures_and_settings(ada, make_tried):
    experiment = make_tried(ada, title="How strong?")
    files, about = taken(ada)
    (told,) = about["experiments"]
    folder = experiment.work_folder
    names = ["table.csv", "sheet.jpg", "trial_001.png", "trial_002.png"]
    assert told["files"] == [f"experiments/how-strong/{name}" for name in names]
    for name in names:
        with experiment.content.file.storage.open(f"{folder}/{name}") as stored:
            assert files[f"experiments/how-strong/{name}"] == stored.read()
    assert (told["title"], told["varied"]) == ("How strong?", {"style_weight": [20.0, 200.0]})
    assert told["painted_like"] == [experiment.pictures.get().title]


def test_of_an_experiment_under_way_what_may_still_change_stays(ada, make_tried):
    experiment = make_tried(ada, title="How strong?")
    experiment.jobs.update(state="queued")
    (told,) = taken(ada)[1]["experiments"]
    assert told["files"] == ["experiments/how-strong/trial_001.png", "experiments/how-strong/trial_002.png"]


def test_names_are_short_enough_to_be_unpacked(ada, make_photo, tmp_path):
    make_photo(ada)
    ContentImage.objects.update(title="夕" * 120)
    with zipfile.ZipFile(io.BytesIO(bytes(belongings_of(ada)))) as archive:
        archive.extractall(tmp_path)
    assert len(list((tmp_path / "photos").iterdir())) == 1


def test_styles_are_named_without_their_numbers(ada, trained, make_photo):
    request_instant_artwork(ada, make_photo(ada), [(trained[0], 1)], {"image_size": 64})
    with CaptureQueriesContext(connection) as queries:
        belongings_of(ada)
    assert not [query for query in queries if '"row"' in query["sql"]]
