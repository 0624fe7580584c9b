"""The gate before a style is published: what a worker has measured of it must be good enough to be shown to people."""

from collections.abc import Iterator

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from gallery.models import StyleModel

# A picture that is no nearer to its painting than this has not learnt it: 1 is the untouched photo.
WORST_STYLE = 0.9
# Beyond this nobody recognises the photo.
WORST_CONTENT = 1.5


def gate_failures(model: StyleModel) -> list[str]:
    """Why a style may not be published, each in a sentence; what came with the gallery was judged before."""
    if model.is_example:
        return []
    return list(_failures(model.gate)) if is_measured(model) else [_unmeasured(model)]


def is_measured(model: StyleModel) -> bool:
    """Whether samples of a style were painted and measured, as is done when it is made."""
    return bool(model.gate.get("samples"))


def _unmeasured(model: StyleModel) -> str:
    """Why there are no measures, and how to come by them."""
    if model.gate:
        why = "It has no samples, since there were no example photos when it was made: load them, then"
    else:
        why = "It was never measured:"
    return f"{why} run manage.py measure_styles."


def _failures(gate: dict) -> Iterator[str]:
    if gate["content_score"] > WORST_CONTENT:
        yield f"Photos cannot be recognised in what it paints ({gate['content_score']:.2f}, at most {WORST_CONTENT})."
    if gate["style_score"] is not None and gate["style_score"] > WORST_STYLE:
        yield f"It hardly looks like its painting ({gate['style_score']:.2f}, at most {WORST_STYLE})."
    if gate["seconds_a_megapixel"] > settings.MAX_SECONDS_A_MEGAPIXEL:
        yield (
            f"It takes {gate['seconds_a_megapixel']:.0f} s for a megapixel, more than the "
            f"{settings.MAX_SECONDS_A_MEGAPIXEL} s allowed."
        )
    if gate["network_bytes"] > settings.MAX_NETWORK_BYTES:
        yield f"Its network is larger than {filesizeformat(settings.MAX_NETWORK_BYTES)}."
