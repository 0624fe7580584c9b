"""What an experiment has made, sent by pages and API alike. Who may see it is asked before."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify

from gallery.models import Experiment
from gallery.picture_files import send_file, send_picture
from gallery.services.experiments import NETWORK, trial_picture
from stylize_engine.config.grids import SHEET, TABLE, trial_name


def send_trial(request: HttpRequest, experiment: Experiment, trial: int, variant: str) -> HttpResponse:
    """The picture of a trial, as `send_picture`."""
    result = experiment.result_of(trial)
    if result is None or "failed" in result:
        raise Http404("This trial has no picture.")
    return send_picture(request, trial_picture(experiment, trial), variant)


def send_sheet(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    """All pictures on one sheet, the lowest loss first."""
    return _send(request, experiment, SHEET, "image/jpeg", "")


def send_table(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    """The table as comma-separated values."""
    return _send(request, experiment, TABLE, "text/csv; charset=utf-8", f"{_file_name(experiment)}.csv")


def send_network(request: HttpRequest, experiment: Experiment, trial: int) -> HttpResponse:
    """The network that a trial has trained, its manifest within."""
    result = experiment.result_of(trial)
    if result is None or "failed" in result:
        raise Http404("This trial has no network.")
    download = f"{_file_name(experiment)}-{trial}.safetensors"
    return _send(request, experiment, f"{trial_name(trial)}/{NETWORK}", "application/octet-stream", download)


def has_file(experiment: Experiment, name: str) -> bool:
    """Whether the sheet or the table is written."""
    return (Path(settings.MEDIA_ROOT) / experiment.work_folder / name).exists()


def _file_name(experiment: Experiment) -> str:
    return slugify(experiment.title, allow_unicode=True) or "experiment"


def _send(request, experiment: Experiment, name: str, content_type: str, download_name: str) -> HttpResponse:
    stored = f"{experiment.work_folder}/{name}"
    return send_file(request, stored, content_type, download_name=download_name, missing="This is not there yet.")
