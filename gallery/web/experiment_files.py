"""What an experiment has made, for its owner alone: pictures of trials, the sheet of them, the table, networks."""

from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_safe

from gallery.experiment_files import send_network, send_sheet, send_table, send_trial
from gallery.models import Experiment


@require_safe
def picture(request, pk, trial, variant):
    return send_trial(request, _own(request, pk), trial, variant)


@require_safe
def sheet(request, pk):
    return send_sheet(request, _own(request, pk))


@require_safe
def table(request, pk):
    return send_table(request, _own(request, pk))


@require_safe
def network(request, pk, trial):
    return send_network(request, _own(request, pk), trial)


def _own(request, pk) -> Experiment:
    return get_object_or_404(Experiment.objects.owned_by(request.user), pk=pk)


urlpatterns = [
    path("<uuid:pk>/sheet.jpg", sheet, name="experiment_sheet"),
    path("<uuid:pk>/table.csv", table, name="experiment_table"),
    path("<uuid:pk>/<int:trial>/network.safetensors", network, name="experiment_network"),
    path("<uuid:pk>/<int:trial>/<slug:variant>", picture, name="experiment"),
]
