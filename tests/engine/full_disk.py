"""A disk without room."""

import contextlib
import resource


@contextlib.contextmanager
def full_disk():
    """No file may grow beyond a kilobyte; no longer than need be, for what pytest reports may go to a larger file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
