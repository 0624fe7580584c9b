"""Asking for trainings, and putting them away."""

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded
from gallery.models import ContentImage, Job, PhotoSet, StyleImage, StyleNetwork, TrainingRun, TrainingStyle
from gallery.services.configurations import check_architecture, configured
from gallery.services.estimates import estimate_training_seconds
from gallery.services.jobs import check_unfinished_jobs, create_job, retry
from gallery.services.networks import check_base
from gallery.services.presence import check_still_there
from gallery.services.repeats import as_kept, first_result, keys
from gallery.services.rights import check_may_train_again, check_own_or_example
from gallery.services.room import room_for
from gallery.services.uploads import remove_picture_file
from gallery.services.workers import missing_weights
from stylize_engine.config import DEFAULT_STEPS, TrainingConfig

# What the gallery itself decides about a training.
OWN = frozenset(
    {"dataset", "styles", "output", "base", "start", "samples", "extractor_weights", "resume", "keep_epochs"}
)
# As the engine calls it, whose training loads torch.
CHECKPOINT = "checkpoint"
# Checkpoints, samples and networks of a training, roughly.
WORKING_BYTES = 50 * 2**20


def request_training(
    owner,
    styles: Mapping[str, Sequence[StyleImage]],
    parameters: Mapping[str, Any],
    *,
    title: str = "",
    base: StyleNetwork | None = None,
    photo_set: PhotoSet | None = None,
    folder: str = "",
    request_id: uuid.UUID | None = None,
) -> TrainingRun:
    """Queue a training of styles by name, each taught by its pictures, on a network or, without `base`, of a new one.

    `parameters` are fields of the engine's `TrainingConfig`; what is left out takes the engine's default. The same
    `request_id` a second time gives the first training, whatever has become of what it needs. Raises `InvalidRequest`,
    which names the field, `QuotaExceeded`, `NoRoom`, and `RequestDiffers`.
    """
    _check_pictures(owner, styles)
    request_id = request_id or uuid.uuid4()
    run = TrainingRun(
        owner=owner,
        title=title.strip()[:120] or ", ".join(pictures[0].title for pictures in styles.values())[:120],
        base=base,
        photo_set=photo_set,
        folder=folder,
        request_id=request_id,
    )
    earlier = TrainingRun.objects.filter(owner=owner, request_id=request_id)

    def is_the_same(found: TrainingRun) -> bool:
        run.parameters = _kept(training_config(styles, parameters, base, anew=False))
        return _asked_for(found, found.pictures_by_style()) == _asked_for(run, styles)

    if found := first_result(earlier, is_the_same):
        return found
    _check_photos(photo_set, folder)
    if base:
        check_base(base)
    run.parameters = _kept(training_config(styles, parameters, base))
    room_for(WORKING_BYTES)
    try:
        with transaction.atomic():
            check_unfinished_jobs(owner)
            run.save(force_insert=True)
            _add_styles(run, styles)
            _queue_training(run)
    # A picture that is gone leaves its style without any, before the database notices.
    except (IntegrityError, QuotaExceeded, InvalidRequest):
        if found := first_result(earlier, is_the_same):
            return found
        taught = [picture for pictures in styles.values() for picture in pictures]
        check_still_there(styles=taught, base=[base], photo_set=[photo_set])
        raise
    return run


def training_config(
    styles: Mapping[str, Sequence[StyleImage]],
    parameters: Mapping[str, Any],
    base: StyleNetwork | None,
    *,
    anew: bool = True,
) -> TrainingConfig:
    """The engine's configuration, its files not yet filled in. Raises `InvalidRequest`, which names each field
    that is wrong; of a request that is not made `anew`, whichever weights workers have by now."""
    files = {"dataset": ("photos",), "styles": {name: ("picture",) for name in styles}, "output": "run"}
    given = {**files, "base": "base" if base else None, "keep_epochs": False, "resume": True}
    refused = _refused(styles, base)
    if anew:
        refused |= missing_weights(parameters.get("extractor", TrainingConfig.extractor))
    limits = dict.fromkeys(("steps", "epochs"), settings.MAX_TRAINING_STEPS)
    if parameters.get("steps") is None and parameters.get("epochs") is None:
        usual = DEFAULT_STEPS["base" if base else "new"]
        parameters = {**parameters, "steps": min(usual, settings.MAX_TRAINING_STEPS)}
    config = configured(TrainingConfig, parameters, given, limits=limits, own=OWN, refused=refused)
    check_architecture(config, base)
    return config


def _refused(styles: Mapping[str, Any], base: StyleNetwork | None) -> dict[str, str]:
    """What the engine would find wrong only where it trains: a sentence by field."""
    taken = [name for name in styles if base and name in base.manifest.get("styles", ())]
    return {"styles": f"The network has a style {taken[0]!r} already; choose another name."} if taken else {}


def _kept(config: TrainingConfig) -> dict[str, Any]:
    return {name: value for name, value in config.to_dict().items() if name not in OWN}


def has_checkpoint(run: TrainingRun) -> bool:
    """Whether another try goes on where this one was left; else it begins from the start."""
    return (Path(settings.MEDIA_ROOT) / run.work_folder / CHECKPOINT).exists()


def retry_training(run: TrainingRun, person) -> Job:
    """Queue, where `person` may have it done, a training again that failed or was cancelled, from its last checkpoint
    where there is one; an unfinished job is returned as it is. Raises `InvalidRequest` where they may not."""
    check_may_train_again(person)
    return retry(run, run.owner, _train_again)


def delete_training(run: TrainingRun) -> None:
    """Remove a training and its files; the styles it has made stay. Raises `Conflict` while it is under way."""
    if run.jobs.unfinished().exists():
        raise Conflict("This training is under way; cancel it first.")
    sheet, folder = run.sheet, Path(settings.MEDIA_ROOT) / run.work_folder
    with transaction.atomic():
        run.delete()
        transaction.on_commit(lambda: _remove_files(sheet, folder))


def _remove_files(sheet, folder: Path) -> None:
    if sheet:
        remove_picture_file(sheet)
    shutil.rmtree(folder, ignore_errors=True)


def _asked_for(run: TrainingRun, styles: Mapping[str, Sequence[StyleImage]]) -> tuple:
    taught = {name: keys(pictures) for name, pictures in styles.items()}
    return run.base_id, run.photo_set_id, run.folder, as_kept(run.parameters), taught


def _check_pictures(owner, styles: Mapping[str, Sequence[StyleImage]]) -> None:
    if not styles or not all(styles.values()):
        raise InvalidRequest("Choose at least one style picture.", field="styles")
    pictures = [picture for teaching in styles.values() for picture in teaching]
    check_own_or_example(owner, pictures, "styles")
    if len({picture.pk for picture in pictures}) < len(pictures):
        raise InvalidRequest("Each picture can teach one style only.", field="styles")


def _check_photos(photo_set: PhotoSet | None, folder: str) -> None:
    if photo_set and folder:
        raise InvalidRequest("Choose an archive or a folder of the server, not both.", field="folder")
    if folder and folder not in settings.TRAINING_FOLDERS:
        raise InvalidRequest("TRAINING_FOLDERS does not allow this folder.", field="folder")
    if not photo_set and not folder and not ContentImage.objects.examples().exists():
        raise InvalidRequest("There are no bundled photos here; upload an archive of photos.", field="photo_set")


def _add_styles(run: TrainingRun, styles: Mapping[str, Sequence[StyleImage]]) -> None:
    pairs = [(name, picture) for name, pictures in styles.items() for picture in pictures]
    TrainingStyle.objects.bulk_create(
        TrainingStyle(run=run, name=name, picture=picture, position=position)
        for position, (name, picture) in enumerate(pairs)
    )


def _queue_training(run: TrainingRun, retry_of: Job | None = None) -> Job:
    config = training_config(run.pictures_by_style(), run.parameters, run.base)
    reached: dict[str, Any] = {"total": config.total_steps(1)}
    if retry_of:
        kept = ("total", "step", "loss_history") if has_checkpoint(run) else ("total",)
        reached = {"retry_of": retry_of} | {name: getattr(retry_of, name) for name in kept}
    return create_job(run, queue=Job.Queue.TRAINING, estimated_seconds=estimate_training_seconds(config), **reached)


def _train_again(run: TrainingRun, latest: Job | None) -> Job:
    if run.finished_at or latest is None:
        raise Conflict("This training has ended well already.")
    check_unfinished_jobs(run.owner)
    room_for(WORKING_BYTES)
    return _queue_training(run, retry_of=latest)
