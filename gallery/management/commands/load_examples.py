from django.core.management.base import BaseCommand

from gallery.services.examples import load_examples


class Command(BaseCommand):
    help = "Creates or updates the bundled photos, style pictures and artworks."

    def handle(self, **options):
        catalogue = load_examples()
        self.stdout.write(
            f"{len(catalogue.photos)} photos, {len(catalogue.styles)} style pictures and "
            f"{len(catalogue.artworks)} artworks are in place."
        )
