"""What the server's log leaves out."""

import logging

from django.core.exceptions import PermissionDenied


def shorten_refusals(record: logging.LogRecord) -> bool:
    """Let every record through, but one about somebody who may not do something without its traceback: nothing is
    broken, and the line itself says what was refused."""
    if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
        record.exc_info = None
    return True
