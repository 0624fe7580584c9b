"""How many pictures a process decodes at the same time: each may take hundreds of megabytes until it is small again."""

import threading
from pathlib import Path

from django.conf import settings
from sorl.thumbnail.engines.pil_engine import Engine

from stylize_engine.outputs import unfinished

DECODING = threading.BoundedSemaphore(settings.PICTURES_AT_ONCE)


class ThumbnailEngine(Engine):
    """Makes thumbnails as sorl does; the picture it is given is not decoded before `create`."""

    def create(self, image, geometry, options):
        """The reduced picture; waits where too many are being made."""
        with DECODING:
            return super().create(image, geometry, options)

    def write(self, image, options, thumbnail):
        """Keep the reduced picture whole or not at all: half of one would be taken for it ever after."""
        place = Path(thumbnail.storage.path(thumbnail.name))
        place.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(place) as part:
            part.chmod(settings.FILE_UPLOAD_PERMISSIONS)
            part.write_bytes(
                self._get_raw_data(
                    image, options["format"], options["quality"], options.get("image_info", {}), progressive=True
                )
            )
