"""What the services refuse, as a small tree. Each message is a sentence for the person who asked."""

from collections.abc import Mapping

from gallery.sizes import size_in_words


class GalleryError(Exception):
    """Base of all refusals; pages and API show the message, and `status` is that of HTTP."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None):
        super().__init__(message)
        self.message = message
        self.field = field
        self.fields = {field: message} if field else {}


class UploadRejected(GalleryError):
    """The uploaded file is not accepted."""


class TooLarge(UploadRejected):
    """The uploaded file has more bytes than are accepted."""

    status = 413

    def __init__(self, limit: int):
        super().__init__(f"The file is larger than {size_in_words(limit)}; send a smaller one.")


class NotStored(GalleryError):
    """The gallery could not write what was sent, and not for want of room."""

    status = 507


class InvalidRequest(GalleryError):
    """A setting or a combination of settings makes no sense; `field` names it where one is at fault.

    `fields` has a message for each where several are; `message` and `field` are then those of the first.
    """

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "InvalidRequest":
        """The refusal of several fields, each with its message."""
        field, message = next(iter(fields.items()))
        refusal = cls(message, field=field)
        refusal.fields = dict(fields)
        return refusal


class QuotaExceeded(GalleryError):
    """The person has reached a limit of this gallery."""

    status = 429


class Conflict(GalleryError):
    """The record is in a state that does not allow this action."""

    status = 409


class RequestDiffers(Conflict):
    """Another request came under the same id before."""


class UnderWay(Conflict):
    """The very same is being worked on already, for the same person, as `record`."""

    def __init__(self, message: str, record):
        super().__init__(message)
        self.record = record


class NoRoom(Conflict):
    """The disk has too little room for what was asked."""

    status = 507


class LeaseLost(GalleryError):
    """A worker no longer holds the job it works on; what it made must not be published."""
