"""Settings of the gallery. They, limits.py and api/settings.py alone read the environment; README.md has the variables.

Defaults are those of a safe installation on one machine. What is dangerous (debug pages, plain HTTP on a public
address) has to be switched on; `manage.py check` refuses combinations that would be unsafe.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from gallery.api.settings import *  # noqa: F403
from gallery.database_file import keep_private
from gallery.environment import BASE_DIR, env
from gallery.limits import *  # noqa: F403
from gallery.logs import shorten_refusals
from gallery.private_files import keep_from_others, made_folder
from gallery.secret_key import read_or_create_secret_key

# Where things are
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / "media"))).resolve()
keep_from_others(MEDIA_ROOT)
DATA_DIR = made_folder(Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve())
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
BIND = env.str("BIND", "127.0.0.1:8000")
PUBLIC_URL = env.str("PUBLIC_URL", f"http://{BIND}").rstrip("/")
_public = urlsplit(PUBLIC_URL)

# Safety
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or read_or_create_secret_key(DATA_DIR / "secret_key")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", _public.hostname, *env.list("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
ALLOW_INSECURE_HTTP = env.bool("ALLOW_INSECURE_HTTP", False)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
_https = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31536000 if _https else 0
# The proxy must keep out X_Forwarded_Proto and X_Forwarded_For: by WSGI they have the same names here.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)  # how many entries of X-Forwarded-For are believed, from its end
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

INSTALLED_APPS = [
    "gallery.apps.GalleryConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "sorl.thumbnail",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gallery.admin.addresses.refuse_null_characters",
]
ROOT_URLCONF = "gallery.urls"
WSGI_APPLICATION = "gallery.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Records
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'gallery.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    if DATABASES["default"]["NAME"] != ":memory:":
        keep_private(Path(DATABASES["default"]["NAME"]))
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A test database in memory could not be seen by the worker processes that the tests start.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
_caches = "django.core.cache.backends"
_redis = {"BACKEND": f"{_caches}.redis.RedisCache", "LOCATION": REDIS_URL}
_room = {"OPTIONS": {"MAX_ENTRIES": 10_000}}
_files = {"BACKEND": f"{_caches}.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache", **_room}
# Files lose one of two who add to a number together, memory does not; each process counts for itself there.
_memory = {"BACKEND": f"{_caches}.locmem.LocMemCache", "LOCATION": "rates", **_room}
CACHES = {
    "default": _redis if REDIS_URL else _files,
    "rates": _redis if REDIS_URL else _memory,
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

WEB_THREADS = env.int("WEB_THREADS", 64)
ADMIN_USERNAME = env.str("ADMIN_USERNAME", "admin")
ADMIN_PASSWORD = env.str("ADMIN_PASSWORD", "")
ADMIN_EMAIL = env.str("ADMIN_EMAIL", "")

# Pictures
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = ["gallery.upload_limit.LimitedTemporaryFileUploadHandler"]
THUMBNAIL_BACKEND = "gallery.thumbnails.ThumbnailBackend"
THUMBNAIL_ENGINE = "gallery.decoding.ThumbnailEngine"
THUMBNAIL_QUALITY = 85
THUMBNAIL_PREFIX = "thumbnails/"
MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", "")

# Jobs
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", 60)
REAP_INTERVAL_SECONDS = env.int("REAP_INTERVAL_SECONDS", 30)
START_CLUSTERS = env.list("START_CLUSTERS", default=["interactive", "optimize", "training"])
CLUSTER_NAME = env.str("Q_CLUSTER_NAME", "")
DEVICE = env.str("DEVICE", "auto")
Q_CLUSTER = {
    "name": "gallery",
    "workers": 1,
    "queue_limit": 1,
    "bulk": 1,
    "max_attempts": 1,
    "ack_failures": True,
    "guard_cycle": 0.5,
    "save_limit": -1,
    "recycle": 200,
    "timeout": 600,
    "retry": 48 * 3600,
    "scheduler": False,
    "catch_up": False,
    "poll": 0.2,
    "label": "Queue (django-q2)",
    "ALT_CLUSTERS": {
        "interactive": {"timeout": 300, "poll": 0.1},
        "optimize": {"timeout": 4 * 3600},
        "training": {"timeout": 24 * 3600, "daemonize_workers": False},
    },
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# People
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "create:create"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "gallery:home"
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    # Somebody waits on a page for it.
    EMAIL_TIMEOUT = 10
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"gallery@{_public.hostname}")
ACCOUNT_ADAPTER = "gallery.web.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Who changes an address can have the password sent there. A code, the other way to confirm, needs a mail server.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = {"password"}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"keep_typed": "20/h/ip"}  # besides allauth's own; see gallery.web.signing_in

# Language, time, log
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"refusals": {"()": "django.utils.log.CallbackFilter", "callback": shorten_refusals}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django-q": {"level": "WARNING"}, "django.request": {"filters": ["refusals"]}},
}
