"""What an artwork is called where nobody has said it."""

import re
from collections.abc import Sequence
from itertools import count

from gallery.models import Artwork, ContentImage, StyleImage, StyleModel


def title_after(content: ContentImage, sources: Sequence[StyleImage | StyleModel]) -> str:
    """A title for who typed none. It names what everybody may see alone: the artwork may be shared later, and the style
    that an experiment has trained is called like that experiment."""
    names = [source.title for source in sources if _is_public(source)]
    after = f"after {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))}" if names else ""
    if _is_public(content):
        return f"{content.title} {after or 'painted'}"[:120]
    return f"A photo {after or 'painted'}"[:120]


def not_yet_taken(title: str, owner) -> str:
    """That title, with a number where an artwork of `owner` has it already."""
    taken = set(Artwork.objects.filter(owner=owner, title__startswith=title[:110]).values_list("title", flat=True))
    numbered = (f"{title[:110]} ({number})" for number in count(2))
    return title if title not in taken else next(other for other in numbered if other not in taken)


def is_numbered(title: str, after: str) -> bool:
    """Whether a title is `after` with the number of one that was taken."""
    return re.fullmatch(rf"{re.escape(after[:110])} \(\d+\)", title) is not None


def _is_public(source: ContentImage | StyleImage | StyleModel) -> bool:
    if isinstance(source, StyleModel):
        return source.state == StyleModel.State.PUBLISHED
    return source.is_example
