"""What a picture or an artwork is called and how it is described."""

from django import forms


class PictureForm(forms.Form):
    title = forms.CharField(max_length=120)
    alt_text = forms.CharField(
        label="Description",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the picture shows, for people who cannot see it. It is read out in place of the picture.",
    )
