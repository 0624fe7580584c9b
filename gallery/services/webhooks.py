"""Telling programs that jobs have ended: signed, again and again until it is heard, never to private addresses."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from gallery.exceptions import InvalidRequest, QuotaExceeded
from gallery.models import ApiToken, Delivery, Job, Webhook
from gallery.services.accounts import lock_person
from gallery.services.public_http import NotPublic, destination, post

# How long after each failed attempt the next one follows; after the last the message is given up.
PAUSES = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12)]
# How long whoever has taken a delivery may need for it before another takes it.
HELD = timedelta(minutes=2)
KEPT = timedelta(days=30)
# How many messages the webhooks of one person are sent in a round, how many those of all, and for how long messages are
# begun; what is left over is due in the next round.
MOST_OF_ONE, MOST, ROUND_SECONDS = 10, 100, 30
# How many messages are under way at the same time, no two to webhooks of one person.
AT_ONCE = 8
logger = logging.getLogger(__name__)


def add_webhook(owner, url: str, *, asked_with: ApiToken | None = None) -> tuple[Webhook, bool]:
    """An address to be told of each job of `owner` that ends, and whether it is new; one that is told already is given
    as it is.

    It ends with the token it was `asked_with`: who has found one could else listen for ever. Raises `InvalidRequest`
    and `QuotaExceeded`.
    """
    try:
        destination(url)
    except NotPublic as error:
        raise InvalidRequest(str(error), field="url") from error
    with transaction.atomic():
        lock_person(owner)
        own = Webhook.objects.filter(owner=owner)
        own.outlived().delete()
        if known := own.filter(url=url).first():
            return known, False
        if own.count() >= settings.MAX_WEBHOOKS_PER_USER:
            most = settings.MAX_WEBHOOKS_PER_USER
            raise QuotaExceeded(f"You have {most} webhooks, which is the limit; remove one first.")
        return Webhook.objects.create(owner=owner, url=url, made_with=asked_with), True


def remove_webhook(webhook: Webhook) -> None:
    """Tell this address nothing any more."""
    webhook.delete()


def queue_deliveries() -> int:
    """End webhooks whose tokens have expired, and make the messages to the others about jobs that have ended since the
    last time; returns how many.

    What ended while nobody looked is found by its date, so that no way for a job to end can forget to tell.
    """
    Webhook.objects.outlived().delete()
    recent = timezone.now() - KEPT
    made = 0
    for webhook in Webhook.objects.filter(owner__is_active=True):
        ended = Job.objects.filter(owner=webhook.owner_id, finished_at__gte=max(recent, webhook.created_at))
        ended = ended.select_related("style_model").defer("loss_history", "style_model__row")
        told = Delivery.objects.filter(webhook=webhook).values("job")
        new = [
            Delivery(webhook=webhook, job=job, body=_body(job), next_attempt_at=timezone.now())
            for job in ended.exclude(pk__in=told)
        ]
        made += len(Delivery.objects.bulk_create(new, ignore_conflicts=True))
    return made


def send_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due until `stopping` says so; returns how many messages have arrived.

    People take turns. Of one's messages those that were sent least often go first, the oldest before the rest; what is
    not taken at once keeps only messages of the same person waiting.
    """
    Delivery.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    arrived, turns, under_way = 0, _turns(), {}
    ends = time.monotonic() + ROUND_SECONDS
    # Threads send and no more: what is noted is noted here.
    with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
        while True:
            while len(under_way) < AT_ONCE and not stopping() and time.monotonic() < ends:
                delivery = _claim_next(turns, {sent.webhook.owner_id for sent in under_way.values()})
                if delivery is None:
                    break
                under_way[pool.submit(_send, delivery)] = delivery
            if not under_way:
                return arrived
            for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                arrived += _note(under_way.pop(done), done)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 of the time and the body, in hexadecimal digits; the receiver computes the same."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _turns() -> list[Delivery]:
    """What is due, the first message of each person's before the second of any."""
    order = ["attempts", "next_attempt_at", "created_at"]
    turn = Window(RowNumber(), partition_by="webhook__owner", order_by=order)
    due = Delivery.objects.filter(next_attempt_at__lte=timezone.now(), webhook__owner__is_active=True)
    turns = due.annotate(turn=turn).filter(turn__lte=MOST_OF_ONE).order_by("turn", "next_attempt_at", "created_at")
    return list(turns.select_related("webhook")[:MOST])


def _claim_next(turns: list[Delivery], busy: set) -> Delivery | None:
    """Take from `turns` the first that is still due and belongs to nobody `busy`; None where there is no such."""
    for delivery in [waiting for waiting in turns if waiting.webhook.owner_id not in busy]:
        turns.remove(delivery)
        now = timezone.now()
        due = Delivery.objects.filter(pk=delivery.pk, next_attempt_at__lte=now)
        if due.update(next_attempt_at=now + HELD, attempts=F("attempts") + 1):
            return delivery
    return None


def _send(delivery: Delivery) -> None:
    """Raises `NotPublic`, `OSError` or `ValueError` where the message is not taken."""
    body, timestamp = json.dumps(delivery.body).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "style-gallery",
        "Gallery-Delivery": str(delivery.pk),
        "Gallery-Timestamp": str(timestamp),
        "Gallery-Signature": signature(delivery.webhook.secret, timestamp, body),
    }
    status = post(delivery.webhook.url, body, headers)
    if not 200 <= status < 300:
        raise OSError(f"The answer was {status}.")


def _note(delivery: Delivery, sent: Future[None]) -> bool:
    """Note what became of a message, and where it was not taken, let all that is due there wait as long as it does;
    returns whether it has arrived."""
    own, now = Delivery.objects.filter(pk=delivery.pk), timezone.now()
    try:
        sent.result()
    except (NotPublic, OSError, ValueError) as failure:
        error = str(failure) or type(failure).__name__
        logger.info("A webhook could not be told: %s", error)
        pause = PAUSES[delivery.attempts] if delivery.attempts < len(PAUSES) else None
        own.update(last_error=error[:300], next_attempt_at=now + pause if pause else None)
        due = Delivery.objects.filter(webhook=delivery.webhook_id, next_attempt_at__lte=now)
        due.update(next_attempt_at=now + (pause or PAUSES[0]))
        return False
    own.update(last_error="", next_attempt_at=None, delivered_at=now)
    return True


def _body(job: Job) -> dict:
    return {
        "event": f"job.{job.state}",
        "job": str(job.pk),
        "kind": job.kind,
        "artwork": str(job.artwork_id) if job.artwork_id else None,
        "style": job.style_model.slug if job.style_model else None,
        "experiment": str(job.experiment_id) if job.experiment_id else None,
        "training": str(job.training_run_id) if job.training_run_id else None,
        "network": str(job.network_id) if job.network_id else None,
        "error_code": job.error_code,
        "error_message": job.error_message,
        "finished_at": job.finished_at.isoformat(),
    }
