"""Counts the bytes of uploaded files while they arrive, and keeps no more than a form needs; of strangers nothing."""

import logging
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from gallery.exceptions import GalleryError, NoRoom, NotStored, TooLarge
from gallery.services.room import told_where_full

# Pages ask for one file and four paintings at the most, all of them large; or for more that are smaller.
FILES_BESIDE = 4
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefusedUpload:
    """A file that is not kept, by its name, and why."""

    name: str
    reason: GalleryError

    @property
    def message(self) -> str:
        return self.reason.message


def dropped_uploads(request) -> list[RefusedUpload]:
    """The files of a request that was read which were dropped while they arrived."""
    return list(getattr(request, "dropped_uploads", []))


def status_of(refused: Iterable[RefusedUpload], otherwise: int = 200) -> int:
    """The status of a page that tells of these; `otherwise` where there are none."""
    return max((refusal.reason.status for refusal in refused), default=otherwise)


class LimitedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Streams uploads to disk; a file above the limit, or of somebody not signed in, never reaches `request.FILES`.

    The limit is MAX_UPLOAD_BYTES, or more where administrators bring what UPLOAD_LIMITS names. A file that is dropped,
    for its size or because the disk does not take it, is among the `dropped_uploads` of the request, and the other
    files of the form are kept. Raises `RequestDataTooBig` where all together have more than the limit and FILES_BESIDE
    times MAX_UPLOAD_BYTES.
    """

    _kept = 0

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        """Refuse what says itself that it is too long: what is dropped would else be read to its end all the same."""
        self._check_together(content_length - settings.DATA_UPLOAD_MAX_MEMORY_SIZE)  # what the fields may take
        return super().handle_raw_input(input_data, META, content_length, boundary, encoding)

    def new_file(self, *args, **kwargs):
        # Pages read a form, for its token against forgery, before they ask who sends it; the API asks first.
        if not self.request.user.is_authenticated:
            raise SkipFile
        # The parser closes what stands here where a file is dropped; the one before is kept.
        vars(self).pop("file", None)
        self._received, self._limit = 0, limit_of(self.request)
        with self._dropped_where_disks_fail():
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data, start):
        self._received += len(raw_data)
        if self._received > self._limit:
            self._drop(TooLarge(self._limit))
        self._check_together(self._kept + self._received)
        with self._dropped_where_disks_fail():
            super().receive_data_chunk(raw_data, start)
            # What waits to be written could fail later, where no file can be dropped any more.
            self.file.flush()

    def _check_together(self, byte_count):
        if byte_count > limit_of(self.request) + FILES_BESIDE * settings.MAX_UPLOAD_BYTES:
            raise RequestDataTooBig("The files of this request are too large together.")

    def file_complete(self, file_size):
        self._kept += file_size
        return super().file_complete(file_size)

    @contextmanager
    def _dropped_where_disks_fail(self):
        try:
            with told_where_full():
                yield
        except OSError:
            logger.exception("An upload could not be written.")
            failure = NotStored("The gallery could not write the file; try again later, or tell an administrator.")
            self._drop(failure)
        except NoRoom as error:
            logger.error("An upload could not be written: %s", error.__cause__)
            self._drop(error)

    def _drop(self, reason: GalleryError):
        self.request.dropped_uploads = [*dropped_uploads(self.request), RefusedUpload(self.file_name, reason)]
        if hasattr(self, "file"):
            # What was not written is tried once more on closing.
            with suppress(OSError):
                self.file.close()
        raise SkipFile from reason


def limit_of(request) -> int:
    """How many bytes a file of this request may have."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    if view in settings.UPLOAD_LIMITS and request.user.is_staff:
        return max(settings.UPLOAD_LIMITS[view], settings.MAX_UPLOAD_BYTES)
    return settings.MAX_UPLOAD_BYTES
