"""A training: watched while it runs, judged and published when it has ended; and several side by side."""

import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from gallery.admin.studio.access import studio_action, studio_view
from gallery.admin.studio.forms import OriginForm, VersionForm
from gallery.exceptions import GalleryError
from gallery.models import StyleModel, TrainingRun
from gallery.picture_files import send_file
from gallery.services.gate import gate_failures
from gallery.services.jobs import cancel_job
from gallery.services.pauses import finish_job, pause_job, resume_job
from gallery.services.presence import GONE
from gallery.services.styles import JUDGED
from gallery.services.trainings import delete_training, has_checkpoint, retry_training
from gallery.services.workers import workers_alive

JOB_ACTIONS = {"pause": pause_job, "resume": resume_job, "finish": finish_job, "cancel": cancel_job}
PER_PAGE = 30
MAX_STRIPS = 8
MAX_COMPARED = 4


@studio_view("view_trainingrun")
@never_cache
@require_safe
def show_all(request):
    """All trainings, the newest first."""
    runs = TrainingRun.objects.select_related("base").prefetch_related("styles").with_latest_job()
    page = Paginator(runs, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(run, run.latest_job) for run in page]
    return render(request, "studio/list.html", {"runs": rows, "page": page})


@require_safe
def run(request, pk):
    """The page of a training."""
    return render_run(request, pk)


@studio_view("view_trainingrun")
@never_cache
def render_run(request, pk, origin: OriginForm | None = None, status: int = 200):
    """The page of a training, also where what was said in its form `origin` is refused."""
    found = get_object_or_404(TrainingRun.objects.select_related("owner", "base", "photo_set", "network"), pk=pk)
    titles = found.style_titles()
    context = _state_of(found) | {
        "taught": [(titles[name], pictures) for name, pictures in found.pictures_by_style().items()],
        "settings": sorted(found.parameters.items()),
        "styles": _judged(found.styles.select_related("network"), request.user),
    }
    network = found.network
    if origin or (network and not network.may_be_published):
        initial = {"title": network.title, "provenance": network.provenance, "licence": network.licence}
        context["origin"] = origin or OriginForm(initial=initial)
    return render(request, "studio/run.html", context, status=status)


@studio_view("view_trainingrun")
@never_cache
@require_safe
def panel(request, pk):
    """The part of the page that is loaded anew while a training is under way; who watches one that is deleted
    meanwhile is led to the others."""
    found = TrainingRun.objects.filter(pk=pk).first()
    if found is None:
        messages.warning(request, GONE)
        return HttpResponseClientRedirect(reverse("studio:list"))
    state = _state_of(found)
    if request.GET.get("seen") != state["phase"]:
        response = render(request, "studio/_panel.html", state)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "studio/_panel.html", state)


@studio_action("change_trainingrun")
def act(request, pk, action):
    """Pause, resume, end early, cancel, or try again."""
    found = get_object_or_404(TrainingRun, pk=pk)
    try:
        if action == "retry":
            retry_training(found, request.user)
        elif action in JOB_ACTIONS:
            JOB_ACTIONS[action](found.latest_job)
        else:
            raise Http404("There is no such action.")
    except GalleryError as error:
        messages.error(request, error.message)
    return redirect(found)


@studio_view("delete_trainingrun")
def delete(request, pk):
    """Ask, then delete a training that has ended."""
    found = get_object_or_404(TrainingRun, pk=pk)
    if request.method != "POST":
        return render(request, "studio/delete.html", {"run": found})
    try:
        delete_training(found)
    except GalleryError as error:
        messages.error(request, error.message)
        return redirect(found)
    messages.success(request, f"“{found.title}” was deleted; its styles stay.")
    return redirect("studio:list")


@studio_view("view_trainingrun")
@require_safe
def compare(request):
    """Several trainings side by side: what differs in their settings, their curves, scores and samples."""
    try:
        ticked = dict.fromkeys(uuid.UUID(pk) for pk in request.GET.getlist("run"))
    except ValueError:
        raise Http404("There is no such training.") from None
    shown = TrainingRun.objects.prefetch_related(
        Prefetch("styles", StyleModel.objects.visible_to(request.user), to_attr="shown_styles")
    )
    runs = [get_object_or_404(shown, pk=pk) for pk in [*ticked][:MAX_COMPARED]]
    if len(runs) < 2:
        messages.warning(request, "Choose two to four trainings to compare.")
        return redirect("studio:list")
    if len(ticked) > MAX_COMPARED:
        messages.info(request, f"{len(ticked)} trainings were ticked; the first {MAX_COMPARED} stand here.")
    names = sorted({name for found in runs for name in found.parameters})
    rows = [(name, [found.parameters.get(name) for found in runs]) for name in names]
    differing = [(name, values) for name, values in rows if any(value != values[0] for value in values)]
    return render(request, "studio/compare.html", {"runs": runs, "differing": differing})


@studio_view("view_trainingrun")
@require_safe
def strip(request, pk, step):
    """The samples painted at a step."""
    found = get_object_or_404(TrainingRun, pk=pk)
    name, missing = f"{found.samples_folder}/step_{step:06d}.jpg", "There are no samples of this step."
    return send_file(request, name, "image/jpeg", cache="private, max-age=3600", missing=missing)


@studio_view("view_trainingrun")
@require_safe
def sheet(request, pk):
    """The sheet of a training's styles by photos."""
    found = get_object_or_404(TrainingRun.objects.exclude(sheet=""), pk=pk)
    return send_file(request, found.sheet.name, "image/jpeg")


def _state_of(run: TrainingRun) -> dict:
    job = run.latest_job
    return {
        "run": run,
        "job": job,
        "phase": "stopping" if job.stop_requested else job.wish or job.state,
        "goes_on": job.is_finished and has_checkpoint(run),
        "history": run.losses or job.loss_history,
        "strips": _strips(run),
        "workers_alive": job.is_finished or workers_alive(job.queue),
        "panel_address": reverse("studio:panel", args=[run.pk]),
    }


def _strips(run: TrainingRun) -> list[int]:
    """The steps of the samples painted so far, evenly thinned, the newest first."""
    folder = Path(settings.MEDIA_ROOT) / run.samples_folder
    steps = sorted(int(path.stem.removeprefix("step_")) for path in folder.glob("step_*.jpg"))
    stride = max(1, -(-len(steps) // MAX_STRIPS))
    return steps[::-1][::stride]


def _judged(styles: Iterable[StyleModel], user) -> list[dict]:
    published = list(StyleModel.objects.filter(state=StyleModel.State.PUBLISHED))
    return [
        {
            "style": style,
            "is_shown": style.is_visible_to(user),
            "failures": gate_failures(style),
            "version": VersionForm(style=style, published=published) if style.state in JUDGED else None,
            "before": style.version_before(),
        }
        for style in styles
    ]
