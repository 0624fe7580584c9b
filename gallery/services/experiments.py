"""Experiments: asking for a grid of trials, doing it again, keeping and removing what came out of it."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from sorl.thumbnail.images import ImageFile

from gallery.exceptions import Conflict, InvalidRequest, LeaseLost, QuotaExceeded
from gallery.models import ContentImage, Experiment, Job, StyleImage, StyleNetwork
from gallery.services.estimates import check_fits_in_turn, estimate_grid_seconds, estimate_trials
from gallery.services.grids import CONFIGURATIONS, checked_grid, shared_settings
from gallery.services.jobs import Claim, check_unfinished_jobs, create_job, retry
from gallery.services.networks import add_network, check_base
from gallery.services.presence import check_still_there
from gallery.services.repeats import as_kept, first_result, keys
from gallery.services.rights import check_may_train, check_own_or_example
from gallery.services.room import BYTES_A_RESULT, bytes_in, check_room_of, room_for
from gallery.services.titles import title_after
from gallery.services.uploads import remove_picture_folder
from stylize_engine.config.grids import trial_name

MAX_PICTURES = 4
NETWORK = "model.safetensors"
Method = Experiment.Method
QUEUES = {Method.GATYS: Job.Queue.OPTIMIZE, Method.TRAINING: Job.Queue.TRAINING}


def request_experiment(
    owner,
    content: ContentImage,
    pictures: Sequence[StyleImage],
    method: str,
    parameters: Mapping[str, Any],
    varied: Mapping[str, Sequence[Any]],
    *,
    base: StyleNetwork | None = None,
    title: str = "",
    request_id: uuid.UUID | None = None,
) -> Experiment:
    """Queue a grid: `content` painted like `pictures` under each combination of the `varied` settings.

    `parameters` are the settings that all trials share: fields of the engine's `GatysConfig`, or of its
    `TrainingConfig` for short trainings, which begin from the network `base` where there is one. What is left out takes
    the engine's default. The same `request_id` a second time gives the first experiment, whatever has become of what it
    needs. Raises `InvalidRequest`, which names the field, `QuotaExceeded`, `NoRoom`, and `RequestDiffers`.
    """
    if method not in CONFIGURATIONS:
        raise InvalidRequest("Choose how the trials are painted.", field="method")
    if method == Method.TRAINING:
        check_may_train(owner, field="method")
    _check_pictures(owner, content, pictures)
    experiment = Experiment(
        owner=owner,
        title=title.strip()[:120] or title_after(content, pictures),
        method=method,
        content=content,
        base=base,
        varied={name: list(values) for name, values in varied.items()},
        request_id=request_id or uuid.uuid4(),
    )
    earlier = Experiment.objects.filter(owner=owner, request_id=experiment.request_id)

    def is_the_same(found: Experiment) -> bool:
        experiment.parameters = shared_settings(method, parameters, base)
        return _asked_for(found, found.pictures.all()) == _asked_for(experiment, pictures)

    if found := first_result(earlier, is_the_same):
        return found
    _check_base(method, base)
    experiment.parameters, trials = checked_grid(method, len(pictures), parameters, varied, base=base)
    try:
        with transaction.atomic():
            check_unfinished_jobs(owner)
            experiment.save(force_insert=True)
            experiment.pictures.set(pictures)
            _queue(experiment, trials)
    except (IntegrityError, QuotaExceeded):
        if found := first_result(earlier, is_the_same):
            return found
        check_still_there(content=[content], pictures=pictures, base=[base])
        raise
    return experiment


def retry_experiment(experiment: Experiment) -> Job:
    """Queue an experiment again that failed, was cancelled or has trials that failed; only those and the ones not done
    yet are tried. An unfinished job is returned as it is. Raises `Conflict` where there is nothing left to try.
    """
    return retry(experiment, experiment.owner, _try_again)


def delete_experiment(experiment: Experiment) -> None:
    """Remove an experiment with its pictures, networks and jobs; a worker at it loses its lease and stops."""
    folder = experiment.work_folder
    with transaction.atomic():
        experiment.delete()
        transaction.on_commit(lambda: remove_picture_folder(folder))


def record_results(claim: Claim, experiment: Experiment, results: Sequence[Mapping[str, Any]]) -> None:
    """Write what the trials done so far have come to, and how much room they take.

    Raises `LeaseLost` where the job is no longer this worker's.
    """
    fields = {"results": list(results), "byte_size": bytes_in(Path(settings.MEDIA_ROOT) / experiment.work_folder)}
    with transaction.atomic():
        if not Experiment.objects.filter(pk=experiment.pk, jobs__in=claim.held).update(**fields):
            raise LeaseLost("Another worker has taken over this experiment.")


def keep_trial(experiment: Experiment, trial: int) -> StyleNetwork:
    """Make the network of a trial one of the gallery's, which a worker checks as any that is brought.

    A second time gives the first one. Raises `Conflict` for a trial without a network and for a network that is here
    from elsewhere, `InvalidRequest` for people who may not train, and `UploadRejected` for a network too large for this
    gallery.
    """
    check_may_train(experiment.owner)
    result = experiment.result_of(trial)
    path = Path(settings.MEDIA_ROOT) / experiment.work_folder / trial_name(trial) / NETWORK
    if experiment.method != Method.TRAINING or result is None or "failed" in result or not path.exists():
        raise Conflict("This trial has no network to keep.")
    with path.open("rb") as file, transaction.atomic():
        Experiment.objects.select_for_update().get(pk=experiment.pk)
        if kept := StyleNetwork.objects.filter(sha256=hashlib.file_digest(file, "sha256").hexdigest()).first():
            if kept.latest_job is None:  # the gallery's own, or checked for somebody who is gone
                raise Conflict(f"This very network is here already, as “{kept.title}”.")
            return kept
        file.seek(0)
        provenance = f"Trained in this gallery: experiment “{experiment.title}”, trial {trial}."
        return add_network(
            experiment.owner, File(file, NETWORK), f"{experiment.title[:105]}, trial {trial}", provenance
        )


def trial_picture(experiment: Experiment, trial: int) -> ImageFile:
    """The stored picture of a trial, which may be missing."""
    return ImageFile(f"{experiment.work_folder}/{trial_name(trial)}.png", default_storage)


def _asked_for(experiment: Experiment, pictures) -> tuple:
    made_of = experiment.method, experiment.content_id, experiment.base_id, keys(pictures)
    return *made_of, as_kept(experiment.parameters), as_kept(experiment.varied)


def _check_pictures(owner, content: ContentImage, pictures: Sequence[StyleImage]) -> None:
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise InvalidRequest(f"Choose one to {MAX_PICTURES} paintings.", field="pictures")
    if len({picture.pk for picture in pictures}) < len(pictures):
        raise InvalidRequest("Choose each of the paintings once.", field="pictures")
    check_own_or_example(owner, [content], "content")
    check_own_or_example(owner, pictures, "pictures")


def _check_base(method: str, base: StyleNetwork | None) -> None:
    if base is None:
        return
    if method != Method.TRAINING:
        raise InvalidRequest("Only trainings begin from a network; leave it out.", field="base")
    check_base(base)


def _queue(experiment: Experiment, trials: Sequence, retry_of: Job | None = None) -> Job:
    check_room_of(experiment.owner)
    done = {result["trial"] for result in experiment.results if "failed" not in result}
    left = [trial for number, trial in enumerate(trials, start=1) if number not in done]
    room_for(len(left) * BYTES_A_RESULT)
    queue, photo = QUEUES[experiment.method], experiment.content
    longest = max(filter(None, estimate_trials(left, photo.width, photo.height)), default=None)
    check_fits_in_turn("A trial of this", longest, queue)
    return create_job(
        experiment,
        queue=queue,
        total=len(trials),
        estimated_seconds=estimate_grid_seconds(left, photo.width, photo.height),
        retry_of=retry_of,
    )


def _try_again(experiment: Experiment, latest: Job | None) -> Job:
    if latest is None or (latest.state == Job.State.SUCCEEDED and not experiment.failed_trials):
        raise Conflict("All trials of this experiment are done.")
    if experiment.method == Method.TRAINING:
        check_may_train(experiment.owner)
    check_unfinished_jobs(experiment.owner)
    count = experiment.pictures.count()
    if not count:
        raise Conflict("The paintings of this experiment were deleted, so it cannot go on.")
    _, trials = checked_grid(experiment.method, count, experiment.parameters, experiment.varied, base=experiment.base)
    try:
        return _queue(experiment, trials, retry_of=latest)
    except InvalidRequest as refusal:
        raise Conflict(refusal.message) from refusal
