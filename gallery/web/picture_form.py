"""What a picture or an artwork is called and how it is described."""

from django import forms

# What people write is laid out in the direction of its own script.
ANY_SCRIPT = {"dir": "auto"}


class PictureForm(forms.Form):
    title = forms.CharField(max_length=120, widget=forms.TextInput(ANY_SCRIPT))
    alt_text = forms.CharField(
        label="Description",
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3} | ANY_SCRIPT),
        help_text="What the picture shows, for people who cannot see it. It is read out in place of the picture.",
    )
