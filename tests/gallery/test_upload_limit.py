"""What of an upload is kept while it arrives."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve, reverse


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
    assert request.oversized_uploads == ["0.bin"]


def test_nothing_that_a_visitor_sends_is_written(sent):
    request = sent(files(10, 10), user=AnonymousUser(), title="kept")
    assert request.POST["title"] == "kept"
    assert not request.FILES
    assert not any(hasattr(handler, "file") for handler in request.upload_handlers)


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
