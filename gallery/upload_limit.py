"""Counts the bytes of each uploaded file while they arrive and drops a file that is too large."""

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class LimitedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Streams uploads to disk; a file above the limit never reaches `request.FILES`.

    The limit is MAX_UPLOAD_BYTES, or more where administrators bring what UPLOAD_LIMITS names. The name of a file that
    is dropped is appended to `request.oversized_uploads`, and the other files of the form are kept.
    """

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self._received, self._limit = 0, limit_of(self.request)

    def receive_data_chunk(self, raw_data, start):
        self._received += len(raw_data)
        if self._received > self._limit:
            self.file.close()
            self.request.oversized_uploads = [*getattr(self.request, "oversized_uploads", []), self.file_name]
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)


def limit_of(request) -> int:
    """How many bytes a file of this request may have."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    if view in settings.UPLOAD_LIMITS and request.user.is_staff:
        return max(settings.UPLOAD_LIMITS[view], settings.MAX_UPLOAD_BYTES)
    return settings.MAX_UPLOAD_BYTES
