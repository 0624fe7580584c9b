"""How many pictures a process decodes at the same time: each may take hundreds of megabytes until it is small again."""

import threading

from django.conf import settings
from sorl.thumbnail.engines.pil_engine import Engine

DECODING = threading.BoundedSemaphore(settings.PICTURES_AT_ONCE)


class ThumbnailEngine(Engine):
    """Makes thumbnails as sorl does; the picture it is given is not decoded before `create`."""

    def create(self, image, geometry, options):
        """The reduced picture; waits where too many are being made."""
        with DECODING:
            return super().create(image, geometry, options)

    def write(self, image, options, thumbnail):
        """Keep the reduced picture whole or not at all: sorl would take half of one for it ever after."""
        try:
            super().write(image, options, thumbnail)
        except OSError:
            thumbnail.storage.delete(thumbnail.name)
            raise
