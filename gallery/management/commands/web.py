import os

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from gallery.web_server import CannotListen, command, free_address


class Command(BaseCommand):
    help = "Runs the web server alone, as `start` does, in the place of this process: for a supervisor of your own."

    def add_arguments(self, parser):
        parser.add_argument(
            "--bind", default=settings.BIND, help="host:port the web server listens on (default: %(default)s)"
        )

    def handle(self, *, bind: str, **options):
        try:
            server = command(*free_address(bind))
        except CannotListen as error:
            raise CommandError(str(error)) from error
        os.execve(server[0], server, {**os.environ, "BIND": bind})
