"""Where thumbnails lie: in a folder that is called as their picture is, so that all of them go with it."""

import shutil

from django.conf import settings
from sorl.thumbnail import base, default
from sorl.thumbnail.images import ImageFile


class ThumbnailBackend(base.ThumbnailBackend):
    """Makes thumbnails as sorl does and keeps no record of them: of two that are made of a picture at the same time
    sorl's list loses one, which would then outlive the picture."""

    def get_thumbnail(self, file_, geometry_string, **options):
        """The thumbnail that is there, or else a new one, in the format of the picture."""
        source = ImageFile(file_)
        options = {**self.default_options, "format": self._get_format(source), **options}
        thumbnail = ImageFile(self._get_thumbnail_filename(source, geometry_string, options), default.storage)
        if not thumbnail.exists():
            picture = default.engine.get_image(source)
            options["image_info"] = default.engine.get_image_info(picture)
            self._create_thumbnail(picture, geometry_string, options, thumbnail)
        return thumbnail

    def delete(self, file_, delete_file=True):
        """Remove the thumbnails of a picture, or of all pictures in a folder."""
        source = ImageFile(file_)
        if delete_file:
            source.delete()
        source.forget()
        shutil.rmtree(default.storage.path(f"{settings.THUMBNAIL_PREFIX}{source.name}"), ignore_errors=True)

    def _get_thumbnail_filename(self, source, geometry_string, options):
        return f"{settings.THUMBNAIL_PREFIX}{source.name}/{geometry_string}.{base.EXTENSIONS[options['format']]}"
