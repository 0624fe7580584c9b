"""How artworks are found, on the pages and in the API alike: by words, and by the style they were painted in; and how
pictures are."""

from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.forms import SearchInput
from django_filters import CharFilter, ChoiceFilter, FilterSet

from gallery.models import StyleImage, StyleModel

MAX_SEARCH = 100
# Each is looked for in every place.
MAX_WORDS = 10
# People write commas between words, and marks around names, that no title has at that place.
BESIDE_WORDS = '",“”„'


def words_of(text: str) -> list[str]:
    """The words of a search, each once."""
    words = (word.strip(BESIDE_WORDS) for word in text.split())
    return list(dict.fromkeys(filter(None, words)))


def check_number_of_words(text: str) -> None:
    if len(words_of(text)) > MAX_WORDS:
        raise ValidationError(f"Search for {MAX_WORDS} words at the most.")


def key_of(style: StyleImage | StyleModel) -> str:
    """What an address calls a style."""
    return style.slug if isinstance(style, StyleModel) else str(style.pk)


class StyleFilter(ChoiceFilter):
    """One of the styles of its `ArtworkFinder`."""

    @property
    def field(self):
        finder = self.parent
        # A form copies what its fields hold, and of a method also its object; a function stays as it is.
        self.extra["choices"] = lambda: finder.style_choices()
        return super().field


def words_filter(label: str) -> CharFilter:
    """The words that are searched for, by the method `by_words` of a finder."""
    return CharFilter(
        label=label,
        method="by_words",
        max_length=MAX_SEARCH,
        validators=[check_number_of_words],
        widget=SearchInput({"dir": "auto"}),
    )


class Finder(FilterSet):
    """Records narrowed by what is asked in an address."""

    @property
    def is_asked(self) -> bool:
        """Whether the address asks for anything, be it something that there is not."""
        return any(self.data.get(name) for name in self.filters)


class PictureFinder(Finder):
    """Pictures that people brought, narrowed by words, all of which are said of them."""

    search = words_filter("Search titles and descriptions")

    def by_words(self, queryset, name, value: str):
        return queryset.telling(words_of(value))


class ArtworkFinder(Finder):
    """Artworks narrowed by what `reader` may read about them: words, all of which are found, and a style.

    Neither finds an artwork by a name that its page keeps from `reader`.
    """

    search = words_filter("Search titles, styles and people")
    style = StyleFilter(
        label="Style",
        method="in_style",
        empty_label="Any style",
        error_messages={"invalid_choice": "There is no such style here; choose another."},
    )

    @property
    def reader(self):
        """Who may read what is searched; a visitor, unless a subclass knows better."""
        return AnonymousUser()

    @cached_property
    def styles(self) -> dict[str, StyleImage | StyleModel]:
        """Every style that `reader` may see, by its key."""
        trained = StyleModel.objects.visible_to(self.reader).only("slug", "title")
        paintings = StyleImage.objects.visible_to(self.reader).only("title")
        found = [*trained.with_public_use(), *paintings.with_public_use()]
        return {key_of(style): style for style in sorted(found, key=lambda style: style.title.lower())}

    def style_choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What hangs in the gallery in some style, and the style that is asked for."""
        asked = self.data.get("style")
        offered = [(key, style) for key, style in self.styles.items() if style.has_public_use or key == asked]
        groups = {"Trained styles": StyleModel, "Paintings": StyleImage}
        return [
            (group, [(key, style.title) for key, style in offered if isinstance(style, kind)])
            for group, kind in groups.items()
            if any(isinstance(style, kind) for _, style in offered)
        ]

    def by_words(self, queryset, name, value: str):
        return queryset.telling(words_of(value), self.reader)

    def in_style(self, queryset, name, value: str):
        return queryset.painted_with(self.styles[value])
