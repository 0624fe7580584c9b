"""Counts the bytes of each uploaded file while they arrive and drops a file that is too large."""

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class LimitedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Streams uploads to disk; a file above MAX_UPLOAD_BYTES never reaches `request.FILES`.

    Its name is appended to `request.oversized_uploads`, and the other files of the form are kept.
    """

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self._received = 0

    def receive_data_chunk(self, raw_data, start):
        self._received += len(raw_data)
        if self._received > settings.MAX_UPLOAD_BYTES:
            self.file.close()
            self.request.oversized_uploads = [*getattr(self.request, "oversized_uploads", []), self.file_name]
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)
