"""What an artwork is called and who may see it: one form, so that saving one of them never loses the other."""

from django import forms

from gallery.models import Artwork
from gallery.web.picture_form import PictureForm

CONSEQUENCES = {
    Artwork.Visibility.PRIVATE: "Nobody else can open it, whatever address they have.",
    Artwork.Visibility.UNLISTED: "Whoever has the address sees it, with its title and your name; others do not.",
    Artwork.Visibility.PUBLIC: "It hangs in the gallery, with its title and your name, for every visitor.",
}


class OwnArtworkForm(PictureForm):
    visibility = forms.ChoiceField(
        label="Who may see it",
        widget=forms.RadioSelect,
        choices=Artwork.Visibility.choices,
        error_messages={"required": "Choose who may see the artwork."},
    )
    show_content = forms.BooleanField(
        label="Show my photo beside it",
        required=False,
        help_text="Those who may see the artwork then see the photo too, and can compare the two.",
    )

    # What the page said of it as it was opened: it may have been changed from elsewhere since.
    seen = forms.ChoiceField(widget=forms.HiddenInput, required=False, choices=Artwork.Visibility.choices)

    def choices_with_consequences(self) -> list[tuple]:
        """Each choice as its radio button and the sentence about what it means."""
        return [(radio, CONSEQUENCES[radio.data["value"]]) for radio in self["visibility"]]
