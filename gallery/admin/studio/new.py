"""Beginning a training."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.admin.studio.access import studio_view
from gallery.admin.studio.forms import TrainingForm
from gallery.exceptions import GalleryError
from gallery.form_refusals import first_refusal
from gallery.form_uploads import is_unfinished, keep_uploads, shows_all
from gallery.models import Job
from gallery.services.estimates import estimate_training_seconds
from gallery.services.photo_sets import add_photo_set
from gallery.services.repeats import ask
from gallery.services.trainings import request_training, training_config
from gallery.services.workers import workers_alive
from gallery.upload_limit import RefusedUpload, status_of

UPLOAD_FIELDS = {"new_pictures": ("style", "pictures")}


@studio_view("add_trainingrun")
@never_cache
def new(request):
    """The form and, on POST, its training. Pictures and photos sent along are kept whatever else is wrong."""
    if request.method != "POST":
        return _render(request, TrainingForm(user=request.user))
    data = request.POST.copy()
    refused = _keep_uploads(request, data)
    if is_unfinished(data, refused):
        kept = {name: value for name, value in data.items() if value not in ("", None)}
        kept["pictures"] = data.getlist("pictures")
        form = TrainingForm(user=request.user, initial=kept, shows_all=shows_all(data))
        return _render(request, form, refused)
    form = TrainingForm(data, user=request.user)
    if form.is_valid():
        try:
            run = ask(
                request_training, request.user, form.styles(), form.parameters(), title=form.cleaned_data["title"],
                base=form.chosen_base, request_id=form.cleaned_data["request_id"], **form.photo_source(),
            )  # fmt: skip
            return redirect(run)
        except GalleryError as error:
            form.add_refusals(error)
            return _render(request, form, status=error.status)
    return _render(request, form, status=400)


@studio_view("add_trainingrun")
@require_safe
def estimate(request):
    """How long the training of the form would take; loaded anew as it changes."""
    form = TrainingForm(request.GET, user=request.user)
    context = {"workers_alive": workers_alive(Job.Queue.TRAINING)}
    if form.is_valid():
        try:
            config = training_config({"style": []}, form.parameters(), form.chosen_base)
            context |= {"seconds": estimate_training_seconds(config), "config": config}
        except GalleryError as error:
            form.add_refusals(error)
    context["problem"] = first_refusal(form)
    return render(request, "studio/_estimate.html", context)


def _keep_uploads(request, data) -> list[RefusedUpload]:
    """Keep pictures and an archive, choose them in the form's data; gives what was not kept."""
    refused = keep_uploads(request, data, UPLOAD_FIELDS)
    if archive := request.FILES.get("archive"):
        try:
            data["photos"] = f"set:{add_photo_set(request.user, archive).pk}"
            messages.success(request, f"“{archive.name}” is kept and chosen as the photos to practise on.")
        except GalleryError as error:
            refused.append(RefusedUpload(archive.name, error))
    return refused


def _render(request, form: TrainingForm, refused=(), status: int = 200):
    context = {"form": form, "refused": refused}
    return render(request, "studio/new.html", context, status=status_of(refused, status))
