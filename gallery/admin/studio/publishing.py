"""Publishing what a training has made: for those who may change styles, and networks."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect

from gallery.admin.studio.access import studio_action, studio_view
from gallery.admin.studio.forms import OriginForm, VersionForm
from gallery.admin.studio.runs import render_run
from gallery.exceptions import GalleryError
from gallery.models import StyleModel, TrainingRun
from gallery.services.moderation import moderate
from gallery.services.networks import describe_network
from gallery.services.styles import follow_style, publish_style, retire_style, roll_back_style

ACTIONS = {
    "publish": (publish_style, "“{}” is in the gallery now."),
    "retire": (retire_style, "“{}” is out of the gallery."),
    "roll-back": (roll_back_style, "The version before “{}” is in the gallery again."),
}


@studio_action("change_stylemodel")
def change_style(request, pk, style, action):
    """Publish a style, take it out again, or bring the version before it back."""
    model = _style(pk, style)
    if action not in ACTIONS:
        raise Http404("There is no such action.")
    service, done = ACTIONS[action]
    try:
        moderate(service, model, by=request.user)
        messages.success(request, done.format(model.title))
    except GalleryError as error:
        messages.error(request, error.message)
    return redirect("studio:run", pk)


@studio_action("change_stylemodel")
def follow(request, pk, style):
    """Make a style a new version of another, or one of its own again."""
    model = _style(pk, style)
    form = VersionForm(request.POST, style=model, published=StyleModel.objects.filter(state=StyleModel.State.PUBLISHED))
    if form.is_valid():
        earlier = form.cleaned_data["earlier"]
        takes = f"takes the place of “{earlier.title}” once it is published" if earlier else "is a style of its own"
        try:
            moderate(follow_style, model, earlier, by=request.user)
            messages.success(request, f"“{model.title}” is version {model.version}, and {takes}.")
        except GalleryError as error:
            messages.error(request, error.message)
    else:
        messages.error(request, "That style is not in the gallery any more; choose again.")
    return redirect("studio:run", pk)


@studio_view("change_stylenetwork")
def describe(request, pk):
    """Say where the network of a training comes from and under which licence it stands."""
    run = get_object_or_404(TrainingRun.objects.exclude(network=None).exclude(network__is_example=True), pk=pk)
    if request.method != "POST":
        return redirect(run)
    form = OriginForm(request.POST)
    if form.is_valid():
        try:
            describe_network(run.network, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect(run)
        except GalleryError as error:
            form.add_error(None, error.message)
            return render_run(request, pk, form, error.status)
    return render_run(request, pk, form, 400)


def _style(run, pk) -> StyleModel:
    return get_object_or_404(StyleModel.objects.select_related("network"), training_run=run, pk=pk)
