import uuid

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from gallery.models import ContentImage, StyleModel
from gallery.services.gate import gate_failures, is_measured
from stylize_engine.errors import StylizeError


class Command(BaseCommand):
    help = (
        "Paints samples of the styles that have none and measures them, so that they can be published; "
        "done here, without a worker."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "slugs", nargs="*", metavar="SLUG", help="styles to be measured whether they were or not (default: all not)"
        )

    def handle(self, *, slugs, **options):
        # Loads torch, which no other command needs.
        from gallery.rendering.measuring import measure

        if not ContentImage.objects.examples().exists():
            raise CommandError("There are no example photos to paint; run manage.py load_examples first.")
        failed = 0
        for style in self._chosen(slugs):
            try:
                measure(style, uuid.uuid4().hex[:8])
            except (StylizeError, OSError) as error:
                failed += 1
                self.stderr.write(f"{style.slug}: {error}")
            else:
                style.refresh_from_db()
                self.stdout.write(f"{style.slug}: {' '.join(gate_failures(style)) or 'may be published.'}")
        if failed:
            raise CommandError(f"{failed} of the styles could not be measured; see above.")

    def _chosen(self, slugs: list[str]) -> list[StyleModel]:
        learnt = StyleModel.objects.exclude(state=StyleModel.State.DRAFT).filter(is_example=False)
        styles = learnt.select_related("network").order_by("slug")
        if not slugs:
            return [style for style in styles if not is_measured(style)]
        if unknown := set(slugs) - set(styles.values_list("slug", flat=True)):
            raise CommandError(f"No style that was learnt here is called {min(unknown)!r}; its address shows the name.")
        return list(styles.filter(slug__in=slugs))
