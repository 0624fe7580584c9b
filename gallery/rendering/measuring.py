"""Measures styles that have been learnt already."""

from functools import partial

from django.db import transaction

from gallery.models import StyleModel
from gallery.rendering.gate import Inspection
from gallery.rendering.networks import network_for
from gallery.services.stored_files import removed_in_vain
from gallery.services.uploads import remove_picture_file


def measure(style: StyleModel, mark: str) -> None:
    """Paint samples of a style and measure it as when a style is made; they take the place of those it has.

    `mark` tells the samples' files from those of another time. Raises `StylizeError` where it paints no picture.
    """
    earlier = [file for file in (style.cover, style.strip) if file]
    inspection = Inspection(mark, network_for([style]), style.network.file.size)
    with removed_in_vain(inspection.written):
        fields = inspection.inspect(style, style.slug, [picture.file.path for picture in style.paintings()])
        with transaction.atomic():
            StyleModel.objects.filter(pk=style.pk).update(**fields)
            for file in earlier if "cover" in fields else ():
                transaction.on_commit(partial(remove_picture_file, file))
