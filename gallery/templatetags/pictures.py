"""Pictures in pages: every `<img>` with its size, its variants and its alternative text."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

from gallery.models import Artwork, ContentImage, StyleImage
from gallery.picture_files import LONG_EDGES

register = template.Library()

# The classes of static/css/pictures.css: the content security policy allows no style attributes.
RATIOS = (50, 56, 67, 75, 83, 91, 100, 110, 120, 133, 150, 165, 178, 200, 235)
FLATTEST_COMPARED = 5
WORDS = {Artwork: "Stylized image", ContentImage: "Photo", StyleImage: "Painting"}
ADDRESSES = {Artwork: "media:artwork", ContentImage: "media:content", StyleImage: "media:style"}


@register.filter
def ratio_class(record) -> str:
    """The class that reserves a picture's shape before it is loaded, to the nearest of a few ratios."""
    ratio = 100 * record.width / record.height
    return f"ratio-{min(RATIOS, key=lambda step: abs(step / ratio - ratio / step))}"


@register.filter
def shape_class(record) -> str:
    """How a picture fills a stage: by the height of the window or by the width of the page."""
    ratio = record.width / record.height
    return "shape-tall" if ratio < 1.1 else "shape-even" if ratio < 1.85 else "shape-wide"


@register.filter
def is_too_flat_to_compare(record) -> bool:
    """Whether the handle of the slider would be taller than the picture on a phone."""
    return record.width / record.height > FLATTEST_COMPARED


@register.filter
def alternative(record) -> str:
    """What is said of a picture to somebody who cannot see it."""
    return record.alt_text or f"{WORDS[type(record)]}: {record.title}"


@register.simple_tag
def picture_address(record, variant: str, beside: Artwork | None = None) -> str:
    """Address of a variant; `beside` asks for a photo as part of an artwork, where its owner shows it."""
    if beside is not None:
        return reverse("media:artwork_photo", args=[beside.pk, variant])
    return reverse(ADDRESSES[type(record)], args=[record.pk, variant])


@register.simple_tag
def picture(
    record,
    css_class: str = "",
    sizes: str = "",
    beside: Artwork | None = None,
    eager: bool = False,
    titled: bool = False,
) -> str:
    """An `<img>`: the small variant alone, or, where `sizes` says how wide it is shown, the browser's choice of two.

    Of one that is `titled`, whose title stands beside it, a description alone is said, and nothing where it has none.
    """
    small, large = (picture_address(record, variant, beside) for variant in LONG_EDGES)
    choice = ""
    if sizes:
        widths = [round(record.width * min(1, edge / max(record.width, record.height))) for edge in LONG_EDGES.values()]
        choice = format_html(' srcset="{} {}w, {} {}w" sizes="{}"', small, widths[0], large, widths[1], sizes)
    return format_html(
        '<img src="{}"{} width="{}" height="{}" alt="{}" class="{}" loading="{}" decoding="async">',
        small,
        choice,
        record.width,
        record.height,
        record.alt_text if titled else alternative(record),
        css_class,
        "eager" if eager else "lazy",
    )
