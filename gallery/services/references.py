"""The pictures that what a trained style paints can be compared with, and refined by."""

from collections.abc import Sequence

from gallery.exceptions import InvalidRequest
from gallery.models import StyleModel


def check_refinable(steps: int, models: Sequence[StyleModel]) -> None:
    """Raises `InvalidRequest` where pictures are to be refined and a style has none to compare them with."""
    for model in models if steps else ():
        if not model.reference_files():
            message = f"The painting of “{model.title}” is not in this gallery, so pictures cannot be refined by it."
            raise InvalidRequest(message, field="refine_steps")
