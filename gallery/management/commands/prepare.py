from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from gallery.exceptions import Conflict
from gallery.services.accounts import ensure_admin
from gallery.services.examples import load_examples
from gallery.services.picture_folder import claim_empty_folder, why_not_ours


class Command(BaseCommand):
    help = (
        "Makes ready what the gallery needs before it is opened for the first time and after each upgrade, as `start` "
        "does: migrates the database, collects static files, loads the examples, creates the first administrator."
    )

    def add_arguments(self, parser):
        parser.add_argument("--admin", default=settings.ADMIN_USERNAME, help="name of the first administrator")

    def handle(self, *, admin: str, **options):
        self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        claim_empty_folder()
        # What is written among the pictures of another gallery is swept by its reaper.
        if reason := why_not_ours():
            raise CommandError(reason)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("Loading the examples ...")
        load_examples()
        try:
            password = ensure_admin(admin, settings.ADMIN_PASSWORD, settings.ADMIN_EMAIL)
        except Conflict as conflict:
            raise CommandError(conflict.message) from conflict
        if password:
            self.stdout.write(self.style.SUCCESS(f"Administrator: {admin}   Password (shown only now): {password}"))
