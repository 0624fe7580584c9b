"""Shares of several styles."""

from collections.abc import Sequence


def normalized(shares: Sequence[float]) -> list[float]:
    """The shares as parts of 1. None is below 0, and not all are 0; how large they are does not matter."""
    relative = [share / max(shares) for share in shares]  # whose sum, unlike that of huge numbers, is always finite
    return [share / sum(relative) for share in relative]
