"""The entry point for web servers. It refuses to open a gallery that `manage.py check` finds unsafe."""

import os

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery.settings")

application = get_wsgi_application()
# Web servers run no checks of their own, as commands do.
if errors := [
    found for found in checks.run_checks(tags=[checks.Tags.security]) if found.is_serious() and not found.is_silenced()
]:
    raise ImproperlyConfigured("\n".join(map(str, errors)))
