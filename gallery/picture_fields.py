"""How forms choose a photo and paintings; who is asked decides which there are, in the form."""

import uuid
from collections.abc import Iterator
from contextlib import suppress

from django import forms
from django.db.models import Q

from gallery.models import ContentImage, StyleImage

# A grid of thousands would be megabytes, and the gallery's own at its very end; on a phone that is far already.
OWN_DRAWN = 20


class PhotoField(forms.ModelChoiceField):
    default_error_messages = {
        "required": "Choose a photo.",
        "invalid_choice": "This photo is not there any more; choose another.",
    }

    def __init__(self):
        super().__init__(ContentImage.objects.none(), label="Photo")


class PaintingsField(forms.ModelMultipleChoiceField):
    default_error_messages = {
        "required": "Choose a painting.",
        "invalid_choice": "One of the paintings is not there any more; choose another.",
    }

    def __init__(self):
        super().__init__(StyleImage.objects.none(), label="Painting")


class PictureChoices(list):
    """The pictures that a page draws, each with whether it is `chosen`; `own` is how many of one's own there are where
    not all of them are drawn, else 0."""

    own = 0


class ChoosesPictures(forms.Form):
    """A form whose page draws pictures to choose from: of one's own the newest, and all where it `shows_all`.

    Any picture that a field offers can be chosen, drawn or not.
    """

    def __init__(self, *args, shows_all: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.shows_all = shows_all

    def choices_of(self, name: str) -> PictureChoices:
        """The pictures of a field as its page draws them: the newest of one's own, those chosen, the bundled ones."""
        offered, chosen = self.fields[name].queryset, set(_keys(self[name].value()))
        drawn = offered
        if not self.shows_all:
            newest = offered.filter(is_example=False).values("pk")[:OWN_DRAWN]
            drawn = offered.filter(Q(is_example=True) | Q(pk__in=chosen) | Q(pk__in=newest))
        choices = PictureChoices({"picture": picture, "chosen": picture.pk in chosen} for picture in drawn)
        own = sum(not choice["picture"].is_example for choice in choices)
        if not self.shows_all and own >= OWN_DRAWN:
            there = offered.filter(is_example=False).count()
            choices.own = there if there > own else 0
        return choices


def _keys(value) -> Iterator[uuid.UUID]:
    """The ids in the value of a field, which may hold anything that was sent."""
    for key in value if isinstance(value, list | tuple) else [value]:
        with suppress(ValueError):
            yield uuid.UUID(str(key))
