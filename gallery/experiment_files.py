"""What an experiment has made, sent by pages and API alike. Who may see it is asked before."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from django.utils.text import slugify

from gallery.models import Experiment
from gallery.picture_files import send_picture
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
    """A file that may be written anew, as a file to keep where it has a `download_name`."""
    stored = f"{experiment.work_folder}/{name}"
    try:
        file = (Path(settings.MEDIA_ROOT) / stored).open("rb")
    except FileNotFoundError:
        raise Http404("This is not there yet.") from None
    written = Path(file.name).stat()
    etag = quote_etag(f"{stored}-{written.st_mtime_ns}-{written.st_size}")
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        file.close()
        return HttpResponseNotModified(headers=headers)
    response = FileResponse(
        file, content_type=content_type, headers=headers, as_attachment=bool(download_name), filename=download_name
    )
    if settings.MEDIA_ACCEL_PREFIX:
        file.close()
        headers = {
            name: response[name] for name in ("Cache-Control", "ETag", "Content-Disposition") if name in response
        }
        headers["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{stored}"
        return HttpResponse(content_type=content_type, headers=headers)
    return response
