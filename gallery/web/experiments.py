"""Experiments: one's own, how to ask for a new one, and the table of what its trials have come to."""

from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from gallery.exceptions import GalleryError
from gallery.experiment_files import has_file
from gallery.form_refusals import first_refusal
from gallery.form_uploads import is_unfinished, keep_uploads, shows_all, upload_context
from gallery.models import Experiment, Job
from gallery.services.estimates import estimate_grid_seconds
from gallery.services.experiments import MAX_PICTURES, QUEUES, delete_experiment, keep_trial, request_experiment
from gallery.services.grids import checked_grid
from gallery.services.repeats import ask
from gallery.services.turns import queue_before
from gallery.services.workers import workers_alive
from gallery.templatetags.pictures import alternative, picture_address
from gallery.upload_limit import status_of
from gallery.web.experiment_form import ExperimentForm
from gallery.web.experiment_table import rows_of, settings_of, varied_labels
from gallery.web.signing_in import sent_from, sign_in_first, signed_in_to_send
from gallery.web.way_back import way_back
from stylize_engine.config.grids import SHEET, TABLE

app_name = "experiments"
PER_PAGE = 30
# What a form sends beside what was chosen in it.
NO_CHOICE = {"csrfmiddlewaretoken", "request_id", "action"}
UPLOAD_FIELDS = {"new_content": ("content", "content"), "new_style": ("style", "pictures")}


@login_required
@require_safe
def mine(request):
    """A person's own experiments, each with its state."""
    own = Experiment.objects.owned_by(request.user).select_related("content").with_latest_job()
    page = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "experiments/list.html", {"page": page})


@never_cache
def new(request):
    """The form and, on POST, its experiment."""
    if not request.user.is_authenticated:
        asked = request.POST if request.method == "POST" else request.GET
        choice = [(name, value) for name, values in asked.lists() if name not in NO_CHOICE for value in values if value]
        return sign_in_first("experiments:new", choice)
    if request.method != "POST":
        return _render_form(request, ExperimentForm(user=request.user, initial=_initial_from(request.GET)))
    data = request.POST.copy()
    refused = keep_uploads(request, data, UPLOAD_FIELDS)
    if is_unfinished(data, refused):
        form = ExperimentForm(user=request.user, initial=_initial_from(data), shows_all=shows_all(data))
        return _render_form(request, form, refused)
    form = ExperimentForm(data, user=request.user)
    if form.is_valid():
        try:
            cleaned = form.cleaned_data
            experiment = ask(
                request_experiment,
                request.user,
                cleaned["content"],
                list(cleaned["pictures"]),
                **form.wish(),
                title=cleaned["title"],
                request_id=cleaned["request_id"],
            )
            return redirect(experiment)
        except GalleryError as error:
            form.add_refusals(error)
            return _render_form(request, form, status=error.status)
    return _render_form(request, form, status=400)


@require_safe
def estimate(request):
    """How many trials the form would make and how long they would take; loaded anew as it changes."""
    if not request.user.is_authenticated:
        problem = "You are signed out. The button below leads to signing in and back here; what is chosen stays."
        return render(request, "experiments/_estimate.html", {"problem": problem})
    form = ExperimentForm(request.GET, user=request.user)
    form.is_valid()
    context, pictures = {"workers_alive": workers_alive(QUEUES[form.chosen_method])}, ("content", "pictures")
    if not first_refusal(form, apart=pictures):
        wish, photo = form.wish(), form.cleaned_data.get("content")
        try:
            count = len(form.cleaned_data.get("pictures", ())) or 1
            _, trials = checked_grid(wish["method"], count, wish["parameters"], wish["varied"], base=wish["base"])
            seconds = photo and estimate_grid_seconds(trials, photo.width, photo.height)
            context |= {"trials": len(trials), "seconds": seconds}
        except GalleryError as error:
            form.add_refusals(error)
    context["problem"] = first_refusal(form, apart=pictures)
    return render(request, "experiments/_estimate.html", context)


@login_required
@never_cache
@require_safe
def detail(request, pk):
    """Progress, and the table of the trials that are done."""
    return render(request, "experiments/detail.html", _state_of(_own(request, pk)))


@never_cache
@require_safe
def panel(request, pk):
    """The part of the page that is loaded anew each second, with the table where a trial was added to it."""
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(reverse("experiments:detail", args=[pk]))
    experiment = _own(request, pk)
    state = _state_of(experiment)
    if state["job"].state == Job.State.SUCCEEDED:
        return HttpResponseClientRedirect(experiment.get_absolute_url())
    return render(request, "experiments/_panel.html", {**state, "changed": request.GET.get("seen") != state["seen"]})


@signed_in_to_send()
def delete(request, pk):
    """Ask, then delete an own experiment, done or not."""
    experiment = _own(request, pk)
    if request.method != "POST":
        context = {"experiment": experiment, "back": way_back(request, experiment)}
        return render(request, "experiments/delete.html", context)
    delete_experiment(experiment)
    messages.success(request, f"“{experiment.title}” was deleted.")
    return redirect(way_back(request, "experiments:list"))


@sent_from("experiments:detail", "pk")
def keep(request, pk, trial):
    """Make the network of a trial one of the gallery's."""
    experiment = _own(request, pk)
    try:
        network = keep_trial(experiment, trial)
        messages.success(request, f"“{network.title}” is among the networks now; a worker checks it.")
    except GalleryError as error:
        messages.error(request, error.message)
    return redirect(experiment)


def _own(request, pk) -> Experiment:
    own = Experiment.objects.owned_by(request.user).select_related("content", "base")
    return get_object_or_404(own, pk=pk)


def _state_of(experiment: Experiment) -> dict:
    job = experiment.latest_job
    if job is None:
        raise Http404
    phase = "stopping" if job.stop_requested else job.state
    pictures = list(experiment.pictures.order_by("created_at", "pk"))
    return {
        "experiment": experiment,
        "job": job,
        "phase": phase,
        "seen": f"{phase}-{len(experiment.results)}",
        "workers_alive": job.is_finished or workers_alive(job.queue),
        **queue_before(job),
        "picture_address": _picture_address(experiment, job),
        "picture_alt": alternative(experiment.content) + ("" if job.is_finished else ", being tried"),
        "labels": varied_labels(experiment),
        "rows": rows_of(experiment, pictures),
        "shared": settings_of(experiment),
        "pictures": pictures,
        "has_sheet": has_file(experiment, SHEET),
        "has_table": has_file(experiment, TABLE),
    }


def _picture_address(experiment: Experiment, job: Job) -> str:
    """The latest preview while there is one, else the photo. A new preview has a new address, by when it was written:
    a trial has several."""
    if job.preview and job.state == Job.State.RUNNING:
        preview = Path(settings.MEDIA_ROOT) / job.preview
        with suppress(FileNotFoundError):
            return reverse("media:job_preview", args=[job.pk, preview.stat().st_mtime_ns])
    return picture_address(experiment.content, "large")


def _initial_from(query: QueryDict) -> dict:
    """What a query or an unfinished form says about the fields."""
    several = {"pictures", "vary_init", "vary_extractor", "vary_preserve_color"}
    named = (name for name in query.keys() - NO_CHOICE if query[name])
    return {name: query.getlist(name) if name in several else query[name] for name in named}


def _render_form(request, form: ExperimentForm, refused=(), status: int = 200):
    context = {
        "form": form,
        "max_pictures": MAX_PICTURES,
        "max_trials": settings.MAX_TRIALS,
        **upload_context(refused),
    }
    return render(request, "experiments/new.html", context, status=status_of(refused, status))


urlpatterns = [
    path("", mine, name="list"),
    path("new/", new, name="new"),
    path("new/estimate/", estimate, name="estimate"),
    path("<uuid:pk>/", detail, name="detail"),
    path("<uuid:pk>/panel/", panel, name="panel"),
    path("<uuid:pk>/delete/", delete, name="delete"),
    path("<uuid:pk>/trials/<int:trial>/keep/", keep, name="keep"),
]
