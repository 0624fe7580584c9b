"""The fields by which forms choose a photo and paintings; who is asked decides which there are, in the form."""

from django import forms

from gallery.models import ContentImage, StyleImage


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
