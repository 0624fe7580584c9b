from django.conf import settings
from django.core.management.base import BaseCommand

from gallery.services.picture_folder import adopt_folder
from gallery.services.status import note_held_back


class Command(BaseCommand):
    help = (
        "Says that the pictures in MEDIA_ROOT belong to this database, whose reaper deletes from then on whatever "
        "there no record names. For after a restore; never for a folder that another gallery uses."
    )

    def handle(self, **options):
        adopt_folder()
        note_held_back("")
        self.stdout.write(f"{settings.MEDIA_ROOT} belongs to this database.")
