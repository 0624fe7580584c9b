"""What of an upload is kept while it arrives."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve, reverse

from gallery.exceptions import NoRoom, NotStored


def files(*sizes):
    return [SimpleUploadedFile(f"{number}.bin", b"x" * size) for number, size in enumerate(sizes)]


@pytest.fixture
def sent(rf, settings, ada):
    """A request of Ada's, or of another, that brings files."""
    settings.MAX_UPLOAD_BYTES = 1000

    def send(uploads, user=ada, path="/", **fields):
        request = rf.post(path, {"files": uploads, **fields})
        request.user, request.resolver_match = user, resolve(path)
        return request

    return send


def test_a_file_that_is_too_large_is_dropped_and_named_and_the_rest_is_kept(sent):
    request = sent(files(1001, 1000), title="kept")
    assert [file.name for file in request.FILES.getlist("files")] == ["1.bin"]
    assert request.POST["title"] == "kept"
    assert [(dropped.name, dropped.reason.status) for dropped in request.dropped_uploads] == [("0.bin", 413)]


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_file_for_which_the_disk_has_no_room_is_dropped_and_leaves_nothing(sent, full_disk, settings, size):
    settings.MAX_UPLOAD_BYTES = size
    kept, dropped = files(size, size)
    full_disk("1.bin")
    request = sent([kept, dropped], title="kept")
    assert [file.read() for file in request.FILES.getlist("files")] == [b"x" * size]
    assert request.POST["title"] == "kept"
    assert [(dropped.name, type(dropped.reason)) for dropped in request.dropped_uploads] == [("1.bin", NoRoom)]
    assert full_disk.left() == [request.FILES["files"].temporary_file_path()]


def test_a_folder_that_cannot_be_written_is_told_and_the_log_says_why(sent, settings, tmp_path, caplog):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "gone")
    request = sent(files(10, 10))
    assert not request.FILES
    assert [type(dropped.reason) for dropped in request.dropped_uploads] == [NotStored, NotStored]
    assert "No such file or directory" in caplog.text


def test_nothing_that_a_visitor_sends_is_written(sent):
    request = sent(files(10, 10), user=AnonymousUser(), title="kept")
    assert request.POST["title"] == "kept"
    assert not request.FILES
    assert not any(hasattr(handler, "file") for handler in request.upload_handlers)


@pytest.mark.parametrize("visits", [True, False])
def test_what_says_itself_that_it_is_too_long_is_not_read(sent, ada, settings, visits):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    request = sent(files(4000, 4000), user=AnonymousUser() if visits else ada)
    with pytest.raises(RequestDataTooBig):
        _ = request.POST
    assert request._stream._pos == 0


def test_a_visitors_files_do_not_keep_the_login_from_being_answered(client, ada):
    form = {"login": "ada", "password": "correct horse", "files": files(10)}
    assert client.post(reverse("account_login"), form).url == reverse("create:create")


def test_a_request_brings_a_photo_and_four_paintings_at_the_most(sent):
    assert len(sent(files(*[1000] * 5)).FILES.getlist("files")) == 5
    assert len(sent(files(*[250] * 20)).FILES.getlist("files")) == 20
    with pytest.raises(RequestDataTooBig):
        assert sent(files(*[1000] * 6)).FILES


def test_administrators_bring_an_archive_and_paintings(sent, trainer, settings):
    settings.UPLOAD_LIMITS = {"studio:new": 5000}
    path = reverse("studio:new")
    assert len(sent(files(5000, *[1000] * 4), user=trainer, path=path).FILES.getlist("files")) == 5
    with pytest.raises(RequestDataTooBig):
        assert sent(files(5000, 5000), user=trainer, path=path).FILES


def test_more_files_than_a_page_needs_are_refused_with_advice(sent, as_ada):
    with pytest.raises(TooManyFilesSent):
        assert sent(files(*[1] * 21)).FILES
    page = as_ada.post(reverse("uploads:add", args=["content"]), {"files": files(*[1] * 21)})
    assert page.status_code == 400
    assert "more than 20 files" in page.text


@pytest.mark.parametrize("page", ["create:create", "styles:teach", "experiments:new", "studio:new"])
def test_every_page_that_takes_files_says_that_the_disk_has_no_room(client, trainer, trained, full_disk, page):
    client.force_login(trainer)
    full_disk("0.bin")
    answer = client.post(reverse(page), {"new_content": files(10), "title": "kept"})
    assert answer.status_code == 507
    assert "0.bin</strong>: The gallery&#x27;s disk is full" in answer.text
    assert answer.context["form"]["title"].value() == "kept"
