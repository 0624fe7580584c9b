"""Counts the bytes of uploaded files while they arrive, and keeps no more than a form needs; of strangers nothing."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

# Pages ask for one file and four paintings at the most, all of them large; or for more that are smaller.
FILES_BESIDE = 4


class LimitedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Streams uploads to disk; a file above the limit, or of somebody not signed in, never reaches `request.FILES`.

    The limit is MAX_UPLOAD_BYTES, or more where administrators bring what UPLOAD_LIMITS names. The name of a file that
    is dropped for its size is appended to `request.oversized_uploads`, and the other files of the form are kept. Raises
    `RequestDataTooBig` where all together have more than the limit and FILES_BESIDE times MAX_UPLOAD_BYTES.
    """

    _kept = 0

    def new_file(self, *args, **kwargs):
        # Pages read a form, for its token against forgery, before they ask who sends it; the API asks first.
        if not self.request.user.is_authenticated:
            raise SkipFile
        super().new_file(*args, **kwargs)
        self._received, self._limit = 0, limit_of(self.request)

    def receive_data_chunk(self, raw_data, start):
        self._received += len(raw_data)
        if self._received > self._limit:
            self.file.close()
            self.request.oversized_uploads = [*getattr(self.request, "oversized_uploads", []), self.file_name]
            raise SkipFile
        if self._kept + self._received > self._limit + FILES_BESIDE * settings.MAX_UPLOAD_BYTES:
            raise RequestDataTooBig("The files of this request are too large together.")
        return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size):
        self._kept += file_size
        return super().file_complete(file_size)


def limit_of(request) -> int:
    """How many bytes a file of this request may have."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    if view in settings.UPLOAD_LIMITS and request.user.is_staff:
        return max(settings.UPLOAD_LIMITS[view], settings.MAX_UPLOAD_BYTES)
    return settings.MAX_UPLOAD_BYTES
