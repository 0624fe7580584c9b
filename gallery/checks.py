"""`manage.py check`: refuses settings under which jobs would be lost or doubled, or people unsafe."""

import os
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import DatabaseError
from rest_framework.throttling import SimpleRateThrottle

from gallery.models import Job
from gallery.services.picture_folder import why_not_ours
from gallery.services.uploads import MIN_EDGE
from stylize_engine.config import MIN_IMAGE_SIZE
from stylize_engine.decoding import MAX_PIXELS

REQUIRED_QUEUE_SETTINGS = {
    "max_attempts": (1, "retries are the reaper's business"),
    "ack_failures": (True, "a failed task would be delivered again and again"),
    "queue_limit": (1, "a worker would hold rings that another could answer"),
    "bulk": (1, "a worker would hold rings that another could answer"),
    "guard_cycle": (0.5, "with some other values django-q2 never stops a task that is over its time"),
}
# With less nothing would be taken, painted, learnt or tried, or workers given up at once.
LEAST = {
    "API_TOKEN_DAYS": 1,
    "INTERACTIVE_LIMIT_SECONDS": 0,
    "JOB_LEASE_SECONDS": 3,
    "JOB_MAX_ATTEMPTS": 1,
    "LESSON_BATCH_SIZE": 1,
    "LESSON_STEPS": 1,
    "MAX_ARTWORK_SIZE": MIN_IMAGE_SIZE,
    "MAX_ARTWORK_STEPS": 1,
    "MAX_NETWORK_BYTES": 1,
    "MAX_PHOTO_SET_BYTES": 1,
    "MAX_PHOTO_SET_PICTURES": 1,
    "MAX_SECONDS_A_MEGAPIXEL": 0,
    "MAX_STYLES_PER_USER": 0,
    "MAX_TOKENS_PER_USER": 0,
    "MAX_TRAINING_STEPS": 1,
    "MAX_TRIALS": 2,
    "MAX_UNFINISHED_JOBS_PER_USER": 1,
    "MAX_UPLOAD_BYTES": 1,
    "MAX_UPLOAD_PIXELS": MIN_EDGE**2,
    "MAX_UPLOAD_RATIO": 1,
    "MAX_UPLOADED_BYTES_PER_USER": 1,
    "MAX_WEBHOOKS_PER_USER": 0,
    "MIN_FREE_BYTES": 0,
    "PICTURES_AT_ONCE": 1,
    "REAP_INTERVAL_SECONDS": 1,
    "TRAINING_KEPT_DAYS": 0,
    "WEB_THREADS": 1,
}


@register(Tags.compatibility)
def check_queue(app_configs, **kwargs):
    """The settings of django-q2 that the job leases rely on."""
    found = []
    for name, (expected, reason) in REQUIRED_QUEUE_SETTINGS.items():
        if settings.Q_CLUSTER.get(name) != expected:
            found.append(Error(f"Q_CLUSTER[{name!r}] must be {expected!r}: {reason}.", id="gallery.E001"))
    clusters = settings.Q_CLUSTER.get("ALT_CLUSTERS", {})
    missing = sorted(set(Job.Queue.values) - set(clusters))
    if missing:
        found.append(Error(f"Q_CLUSTER['ALT_CLUSTERS'] lacks {', '.join(missing)}.", id="gallery.E002"))
    for name, cluster in clusters.items():
        options = {**settings.Q_CLUSTER, **cluster}
        if not options.get("timeout") or options["retry"] < 1.5 * options["timeout"]:
            hint = "Set retry well above timeout, or long tasks are delivered twice."
            found.append(Error(f"The cluster {name} has retry too near its timeout.", hint=hint, id="gallery.E003"))
    unknown = sorted(set(settings.START_CLUSTERS) - set(clusters))
    if unknown:
        found.append(Error(f"START_CLUSTERS names {', '.join(unknown)}, which is no cluster.", id="gallery.E004"))
    return found


@register(Tags.security)
def check_public_url(app_configs, **kwargs):
    """Plain HTTP is for this machine only, unless it was asked for; HTTPS needs somebody who ends it."""
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme not in ("http", "https") or not url.hostname:
        return [Error("PUBLIC_URL must be an address like https://gallery.example.org.", id="gallery.E005")]
    if url.scheme == "http" and not _is_loopback(url.hostname) and not settings.ALLOW_INSECURE_HTTP:
        hint = "Put a TLS proxy in front and use https://, or set ALLOW_INSECURE_HTTP=1 in a network you trust."
        return [
            Error("PUBLIC_URL is plain http on a public name: passwords could be read.", hint=hint, id="gallery.E006")
        ]
    if settings.DEBUG and not _is_loopback(url.hostname):
        return [Error("DEBUG shows settings and code to visitors; switch it off.", id="gallery.E007")]
    if url.scheme == "https" and not settings.BEHIND_PROXY:
        hint = "Set BEHIND_PROXY=1, unless the web server ends TLS itself."
        message = "PUBLIC_URL is https and BEHIND_PROXY off: behind a TLS proxy every page would redirect to itself."
        return [Warning(message, hint=hint, id="gallery.W002")]
    return []


@register(Tags.files)
def check_folders(app_configs, **kwargs):
    """Uploads and results need a folder that can be written."""
    found = []
    for name in ("DATA_DIR", "MEDIA_ROOT"):
        folder = getattr(settings, name)
        existing = next(parent for parent in [folder, *folder.parents] if parent.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK):
            found.append(Error(f"{name} ({folder}) cannot be written.", id="gallery.E008"))
    return found


@register(Tags.files)
def check_pictures(app_configs, **kwargs):
    """The pictures are those of the database."""
    # Before the first migration, and while the database is away, that is not known.
    with suppress(DatabaseError):
        if reason := why_not_ours():
            return [Warning(reason, id="gallery.W003")]
    return []


@register(Tags.files)
def check_uploads(app_configs, **kwargs):
    """What visitors may bring is what workers can read."""
    if settings.MAX_UPLOAD_PIXELS <= MAX_PIXELS:
        return []
    message = f"MAX_UPLOAD_PIXELS is {settings.MAX_UPLOAD_PIXELS}, but workers read up to {MAX_PIXELS}."
    return [Error(message, id="gallery.E009")]


@register(Tags.compatibility)
def check_numbers(app_configs, **kwargs):
    """Numbers with which the gallery would stand still."""
    values = {name: getattr(settings, name) for name in LEAST}
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"].items()
    return [
        Error(f"API_RATE_{scope.upper()} is {rate!r}; set it to a rate like 120/minute.", id="gallery.E011")
        for scope, rate in rates
        if not _is_rate(rate)
    ] + [
        Error(f"{name} is {value}; set it to {LEAST[name]} or more.", id="gallery.E010")
        for name, value in values.items()
        if value < LEAST[name]
    ]


@register(Tags.security, deploy=True)
def check_mail(app_configs, **kwargs):
    """Without a mail server nobody can reset a password."""
    if settings.EMAIL_URL:
        return []
    hint = "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587."
    return [Warning("Password reset mails go to the server's log.", hint=hint, id="gallery.W001")]


def _is_rate(rate: str) -> bool:
    """Whether the API understands it, and would let anybody in."""
    try:
        requests, _ = SimpleRateThrottle.parse_rate(None, rate)
    except (ValueError, KeyError, IndexError):
        return False
    return requests > 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
