"""The page of a job: how far it is, what it looks like, and how to stop it."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseStopPolling

from gallery.exceptions import GalleryError
from gallery.models import Artwork, ContentImage, Job, StyleImage, StyleModel
from gallery.services.jobs import cancel_job
from gallery.services.lessons import reached_percent
from gallery.services.retries import retry_job
from gallery.services.searches import search_checkpoint
from gallery.services.turns import queue_before
from gallery.services.workers import workers_alive
from gallery.templatetags.pictures import alternative
from gallery.web.signing_in import sent_from
from gallery.web.styles import lesson_url

app_name = "jobs"
# Experiments and trainings are watched on pages of their own.
FOLLOWED_ELSEWHERE = (Job.Kind.EXPERIMENT, Job.Kind.TRAINING)
ASKED_FROM = 0.3
# Pictures painted at once are there a second after the click, and people wait for the last seconds of others as well.
SHORTLY_AFTER = timedelta(seconds=5)
LAST_SECONDS = 3


@login_required
@never_cache
@require_safe
def detail(request, pk):
    """The page of an own job; a finished one leads to what came out of it, one that has a page of its own to that."""
    job = _own_job(request, pk)
    if job.state == Job.State.SUCCEEDED or job.kind in FOLLOWED_ELSEWHERE:
        return redirect(job.subject)
    return render(request, "jobs/detail.html", _state_of(job, request.user))


@never_cache
@require_safe
def panel(request, pk):
    """The part of the page that is loaded anew again and again; names the address of the result once it is there."""
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(reverse("jobs:detail", args=[pk]))
    job = _own_job(request, pk)
    if job.state == Job.State.SUCCEEDED or job.kind in FOLLOWED_ELSEWHERE:
        return HttpResponse(headers={"X-Result": job.subject.get_absolute_url()})
    state = _state_of(job, request.user)
    return render(request, "jobs/_panel.html", {**state, "actions_changed": request.GET.get("seen") != state["phase"]})


@never_cache
@require_safe
def badge(request, pk):
    """The state of a job in a word, for a grid of artworks or experiments; nothing, and no more questions, where it was
    deleted."""
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(request.htmx.current_url_abs_path or reverse("artworks:mine"))
    job = Job.objects.owned_by(request.user).filter(pk=pk).first()
    return render(request, "jobs/_badge.html", {"job": job}) if job else HttpResponseStopPolling()


@sent_from("jobs:detail", "pk")
def cancel(request, pk):
    """Stop a job; a painting that has come far only after the question."""
    job = _own_job(request, pk)
    if "sure" not in request.POST and _loses_much(job):
        return render(request, "jobs/cancel.html", {"job": job})
    try:
        cancel_job(job)
    except GalleryError as error:
        messages.error(request, error.message)
    return redirect("jobs:detail", job.pk)


@sent_from("jobs:detail", "pk")
def retry(request, pk):
    """Do a failed or cancelled job once more."""
    job = _own_job(request, pk)
    try:
        job = retry_job(job, request.user)
    except GalleryError as error:
        messages.error(request, error.message)
    return redirect("jobs:detail", job.pk)


def _loses_much(job: Job) -> bool:
    """Whether minutes of painting would be thrown away; of everything else what is done is kept."""
    slow = job.kind == Job.Kind.ARTWORK and job.queue == Job.Queue.OPTIMIZE
    kept = job.state == Job.State.RUNNING or (
        job.state == Job.State.QUEUED and search_checkpoint(job.artwork_id).exists()
    )
    return slow and kept and not job.stop_requested and job.progress > ASKED_FROM


def _asked_every(job: Job) -> str:
    """How often the page asks for the state of an unfinished job."""
    if job.queue != Job.Queue.INTERACTIVE:
        return "1s"
    new = timezone.now() - job.queued_at < SHORTLY_AFTER
    ending = job.eta_seconds is not None and job.eta_seconds <= LAST_SECONDS
    return "200ms" if new or ending else "1s"


def _own_job(request, pk) -> Job:
    """An own job; checks of networks are followed in the administration."""
    jobs = Job.objects.owned_by(request.user).exclude(kind=Job.Kind.NETWORK)
    return get_object_or_404(jobs.select_related("artwork__content", "style_model", "experiment"), pk=pk)


def _state_of(job: Job, user) -> dict:
    # Nothing is done again while it is under way, so only what has ended asks, losses and all, for what came since.
    latest = job.subject.latest_job if job.is_finished else job
    source = job.artwork.content if job.artwork else job.style_model.pictures.first()
    return {
        "job": job,
        "phase": "stopping" if job.stop_requested else job.state,
        "asked_every": _asked_every(job),
        "newer": latest if latest != job else None,
        "workers_alive": job.is_finished or workers_alive(job.queue),
        **queue_before(job),
        "source": source,
        "parent": _parent_of(job, user),
        "goes_on": job.artwork is not None and search_checkpoint(job.artwork.pk).exists(),
        "picture_address": _picture_address(job),
        **(
            _lesson_state(job.style_model) if job.is_finished and job.style_model else {"may_retry": source is not None}
        ),
        "picture_alt": _picture_alt(job, source),
    }


def _parent_of(job: Job, user) -> Artwork | None:
    """What an artwork is painted anew from, where `user` may see it."""
    if job.artwork is None or job.artwork.parent_id is None:
        return None
    return Artwork.objects.visible_to(user).filter(pk=job.artwork.parent_id).only("title").first()


def _lesson_state(model: StyleModel) -> dict:
    """Whether a lesson that has ended can be tried again, and from where, and the form to change it in."""
    pictures = list(model.pictures.all())
    return {
        "may_retry": bool(pictures),
        "reached_percent": reached_percent(model) if pictures else 0,
        "lesson_url": lesson_url(pictures, model.title),
    }


def _picture_alt(job: Job, source: ContentImage | StyleImage | None) -> str:
    """What `_picture_address` shows, in words."""
    if job.style_model and _has_preview(job):
        return f"Photos painted with what was learnt so far of the style {job.style_model.title}"
    if source is None or job.is_finished:
        return alternative(source) if source else ""
    return f"{alternative(source)}, being {'painted' if job.artwork else 'learnt from'}"


def _has_preview(job: Job) -> bool:
    return bool(job.preview) and job.state == Job.State.RUNNING


def _picture_address(job: Job) -> str | None:
    """The latest preview while there is one, else the picture it is made from."""
    if _has_preview(job):
        return reverse("media:job_preview", args=[job.pk, job.step])
    if job.artwork:
        return reverse("media:artwork_photo", args=[job.artwork_id, "large"]) if job.artwork.content else None
    painting = job.style_model.pictures.first()
    return reverse("media:style", args=[painting.pk, "large"]) if painting else None


urlpatterns = [
    path("<uuid:pk>/", detail, name="detail"),
    path("<uuid:pk>/panel/", panel, name="panel"),
    path("<uuid:pk>/badge/", badge, name="badge"),
    path("<uuid:pk>/cancel/", cancel, name="cancel"),
    path("<uuid:pk>/retry/", retry, name="retry"),
]
