"""Settings by their names."""

import difflib
from collections.abc import Iterable, Sequence

from gallery.exceptions import InvalidRequest


def check_setting_names(given: Iterable[str], known: Sequence[str], field: str) -> None:
    """Raises `InvalidRequest`, which names `field`, for what is no setting: with the nearest one there is, or all."""
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."
            raise InvalidRequest(f"There is no setting {name!r}; {hint}", field=field)
