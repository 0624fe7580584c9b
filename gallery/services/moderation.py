"""What administrators decide about the records of others, and who it was."""

from collections.abc import Callable

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from gallery.services.artworks import allow_artwork, withdraw_artwork
from gallery.services.jobs import cancel_job
from gallery.services.styles import follow_style, publish_style, refuse_style, retire_style, roll_back_style

# What the history of a record says of each; the braces stand for the reason, or for the style that is followed.
TRACES = {
    allow_artwork: "Allowed to be shared again.",
    cancel_job: "Cancelled.",
    follow_style: "Made the next version of: {}",
    publish_style: "Taken into the gallery.",
    refuse_style: "Offer refused: {}",
    retire_style: "Taken out of the gallery.",
    roll_back_style: "Taken out of the gallery for the version before.",
    withdraw_artwork: "Withdrawn from the gallery.",
}


def moderate(service: Callable, record, *said, by) -> None:
    """Let the administrator `by` decide on a record with one of the services above, and note it in the history that the
    administration shows of it. Raises what the service raises."""
    with transaction.atomic():
        service(record, *said)
        message = TRACES[service].format(*(words or "none" for words in said))
        LogEntry.objects.log_actions(by.pk, [record], CHANGE, message, single_object=True)
