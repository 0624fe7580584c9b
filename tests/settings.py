"""The gallery's settings, in folders of their own and with a quick password hasher."""

import os
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="gallery-tests-"))
os.environ["DATA_DIR"] = str(_folder / "var")
os.environ["MEDIA_ROOT"] = str(_folder / "media")
os.environ |= {f"API_RATE_{who}": "100000/minute" for who in ("PERSON", "VISITOR", "WRITE")}

from gallery.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
_memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = CACHES | {"default": _memory, "rates": _memory}  # noqa: F405
ACCOUNT_RATE_LIMITS = False
