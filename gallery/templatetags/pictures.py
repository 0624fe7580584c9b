"""Pictures in pages: every `<img>` with its size, its variants and its alternative text."""

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from gallery.models import Artwork, ContentImage, StyleImage, StyleModel
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
    square: bool = False,
) -> str:
    """An `<img>`: the card alone, or, where `sizes` says how wide it is shown, the browser's choice of the variants.

    Of one that is `titled`, whose title stands beside it, a description alone is said, and nothing where it has none.
    Of one that is shown `square`, cut to that by the stylesheet, the square in each variant is what is as wide.
    """
    addresses = {variant: picture_address(record, variant, beside) for variant in LONG_EDGES}
    shown = min(record.width, record.height) if square else record.width
    return format_html(
        '<img src="{}"{} width="{}" height="{}" alt="{}" class="{}" loading="{}" decoding="async">',
        addresses["card"],
        _choice(addresses, shown, max(record.width, record.height), sizes) if sizes else "",
        record.width,
        record.height,
        record.alt_text if titled else alternative(record),
        css_class,
        "eager" if eager else "lazy",
    )


@register.simple_tag
def cover(model: StyleModel, sizes: str) -> str:
    """An `<img>` of the cover of a trained style, in what the browser chooses where it is shown as wide as `sizes`."""
    width, height = model.COVER
    variants = [variant for variant, edge in LONG_EDGES.items() if edge <= max(width, height)]
    addresses = {variant: reverse("media:trained", args=[model.pk, "cover", variant]) for variant in variants}
    return format_html(
        '<img src="{}"{} width="{}" height="{}" alt="A photo painted in the style {}" loading="lazy" decoding="async">',
        addresses["card"],
        _choice(addresses, width, max(width, height), sizes),
        width,
        height,
        model.title,
    )


def _choice(addresses: Mapping[str, str], width: int, long_edge: int, sizes: str) -> str:
    """The variants at these addresses of a picture so wide, each with its width, of which the browser takes one."""
    widths = (round(width * min(1, LONG_EDGES[variant] / long_edge)) for variant in addresses)
    offered = format_html_join(", ", "{} {}w", zip(addresses.values(), widths, strict=True))
    return format_html(' srcset="{}" sizes="{}"', offered, sizes)
