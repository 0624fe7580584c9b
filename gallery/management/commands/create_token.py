from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from gallery.exceptions import GalleryError
from gallery.services.tokens import create_token


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it, this once."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is called (default: %(default)s)")
        parser.add_argument("--days", type=int, help="how long it is valid (default: API_TOKEN_DAYS)")

    def handle(self, *, username, name, days, **options):
        owner = get_user_model().objects.filter(username=username).first()
        if owner is None:
            raise CommandError(f"There is nobody called {username!r}.")
        try:
            self.stdout.write(create_token(owner, name, days)[1])
        except GalleryError as error:
            raise CommandError(error.message) from error
