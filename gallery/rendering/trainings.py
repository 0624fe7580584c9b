"""Trains styles for an administrator, and makes of them what can be published."""

import hashlib
import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gallery.models import ContentImage, StyleModel, StyleNetwork, TrainingRun
from gallery.rendering.gate import Inspection, readable
from gallery.rendering.networks import bytes_of, path_of
from gallery.rendering.photo_sets import photos_of
from gallery.rendering.process import check_weights_here, worker_name
from gallery.rendering.reporting import WorkerStopping, earlier_losses, reported
from gallery.rendering.resuming import PUT_ASIDE, train_on
from gallery.rendering.sheets import write_sheet
from gallery.services import jobs, workers
from gallery.services.estimates import training_megapixels, training_speed_name
from gallery.services.jobs import Claim
from gallery.services.room import room_for
from gallery.services.stored_files import removed_in_vain
from stylize_engine import __version__
from stylize_engine.config import TrainingConfig
from stylize_engine.errors import ConfigurationError
from stylize_engine.networks import load_network
from stylize_engine.progress import Progress
from stylize_engine.training import CHECKPOINT, MODEL

SPEED_EVERY_SECONDS = 5
# So long before the queue's time limit, at which no checkpoint would be written, the next has its turn.
SPARE_SECONDS = 600
SAMPLE_PHOTOS = 4
CHANGED = (
    "The photos or pictures of this training have changed since it began, so it cannot go on; put them back and try "
    "again, or ask for a new training."
)


def train_styles(claim: Claim) -> None:
    """Do the training of a claimed job: its styles are offered at the end, for an administrator to publish.

    What a worker that was stopped, paused or killed had learnt lies in the training's folder, where the next goes on.
    """
    run = TrainingRun.objects.select_related("base", "photo_set").get(jobs=claim.job_id)
    folder = Path(settings.MEDIA_ROOT) / run.work_folder
    photos = photos_of(run)
    config = _config(run, folder, photos)
    check_weights_here([config.extractor])
    watch, history = _Watch(run, config), earlier_losses(claim)
    with closing(reported(claim, train_on(config, otherwise=CHANGED), history)) as reports:
        for progress in reports:
            _check_length(run, progress.total)
            watch.look(progress)
    _publish(claim, run, config, progress, history, watch.seconds)
    for name in (CHECKPOINT, PUT_ASIDE, MODEL):
        (folder / name).unlink(missing_ok=True)


def _check_length(run: TrainingRun, steps: int) -> None:
    """How many steps its epochs are is known once the photos are."""
    if steps > settings.MAX_TRAINING_STEPS:
        message = (
            f"{run.parameters['epochs']} epochs of these photos are {steps:,} steps, and this gallery allows "
            f"{settings.MAX_TRAINING_STEPS:,}; ask for fewer epochs."
        )
        raise ConfigurationError("epochs", message)


def _config(run: TrainingRun, folder: Path, photos: list[str | Path]) -> TrainingConfig:
    pictures = run.pictures_by_style()
    examples = ContentImage.objects.examples().order_by("title")
    return TrainingConfig(
        **run.parameters,
        dataset=photos,
        styles={name: [picture.file.path for picture in teaching] for name, teaching in pictures.items()},
        samples=readable((Path(photo.file.path) for photo in examples), SAMPLE_PHOTOS),
        output=folder,
        base=path_of(run.base) if run.base else None,
        keep_epochs=False,
        resume=True,
    )


class _Watch:
    """How fast a training is, counted from its first report, and whether the disk still has room."""

    def __init__(self, run: TrainingRun, config: TrainingConfig):
        self.run, self.config = run, config
        self.begun = self.told = time.monotonic()
        self.first: tuple[int, float] | None = None
        self.earlier_seconds = run.seconds or 0.0

    @property
    def seconds(self) -> float:
        """Seconds worked on, those of earlier attempts included."""
        return round(self.earlier_seconds + time.monotonic() - self.begun, 1)

    def look(self, progress: Progress) -> None:
        """Note the speed every few seconds. Raises `NoRoom` where the disk has too little room for a checkpoint, and
        `WorkerStopping` where this turn has taken as long as one may."""
        now = time.monotonic()
        self.first = self.first or (progress.step, now)
        done, ended = progress.step - self.first[0], progress.step == progress.total
        if now - self.told < SPEED_EVERY_SECONDS and not ended:
            return
        self.told = now
        room_for(0)
        speed = done / max(now - self.first[1], 1e-6)
        fields = {"seconds": self.seconds}
        if done:
            fields["images_per_second"] = round(speed * self.config.resolved_batch_size, 3)
        TrainingRun.objects.filter(pk=self.run.pk).update(**fields)
        if now - self.begun > settings.Q_CLUSTER["ALT_CLUSTERS"]["training"]["timeout"] - SPARE_SECONDS and not ended:
            raise WorkerStopping
        if ended and done:
            name = training_speed_name(self.config.extractor)
            workers.record_speed(worker_name(), name, speed * training_megapixels(self.config))


def _publish(
    claim: Claim, run: TrainingRun, config: TrainingConfig, progress: Progress, history: list, seconds: float
) -> None:
    """Keep the best network, its styles with their samples and measures, and end the job, in one step."""
    path = Path(config.output) / MODEL
    loaded = load_network(path)
    network = run.base or _network(claim, run, path, loaded.manifest)
    inspection = Inspection(claim.mark, loaded, path.stat().st_size)
    if network._state.adding:
        inspection.written.append(Path(network.file.path))
    with removed_in_vain(inspection.written):
        titles = run.style_titles()
        styles = [
            _style(run, network, inspection, name, titles[name], pictures) for name, pictures in config.styles.items()
        ]
        photos = loaded.manifest["data"]["photos"]
        fields = {
            "network": network,
            "losses": history,
            "sheet": write_sheet(
                claim, inspection, {style.title: name for style, name in zip(styles, config.styles, strict=True)}
            ),
            "photo_count": photos,
            "seconds": seconds,
            "finished_at": timezone.now(),
        }
        for style in styles:
            style.provenance = _provenance(run, config, progress, photos, seconds)
        with transaction.atomic():
            if network._state.adding:
                network.save(force_insert=True)
            jobs.succeed_job(claim, run, fields, total=progress.total, loss_history=history)
            StyleModel.objects.bulk_create(styles)
            # They know their paintings also when the training is no longer here.
            taught = run.pictures_by_style()
            for style, name in zip(styles, config.styles, strict=True):
                style.pictures.set(taught[name])


def _network(claim: Claim, run: TrainingRun, path: Path, manifest: dict) -> StyleNetwork:
    """A record, not yet saved, of a network of its own; the very same network trained before is taken instead."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if found := StyleNetwork.objects.filter(sha256=digest).first():
        return found
    network = StyleNetwork(title=run.title, owner=run.owner, sha256=digest, manifest=manifest)
    network.provenance = f"Trained in this gallery, {timezone.localdate():%-d %B %Y}, by {run.owner}."
    network.checked_at = timezone.now()
    network.file.name = f"networks/{network.pk}-{claim.mark}.safetensors"
    kept = Path(network.file.path)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, kept)
    return network


def _style(
    run: TrainingRun, network: StyleNetwork, inspection: Inspection, name: str, title: str, pictures: Sequence[str]
) -> StyleModel:
    style = StyleModel(network=network, owner=run.owner, title=title[:120], training_run=run)
    style.slug = style.slug_from(name, run.pictures_by_style()[name])
    style.state, style.row = StyleModel.State.OFFERED, bytes_of(inspection.loaded.row(name))
    for field, value in inspection.inspect(style, name, list(pictures)).items():
        setattr(style, field, value)
    return style


def _provenance(run: TrainingRun, config: TrainingConfig, progress: Progress, photos: int, seconds: float) -> dict:
    return {
        "engine": f"stylize_engine {__version__}",
        "training": str(run.pk),
        "parameters": run.parameters,
        "steps": progress.step,
        "photos": photos,
        "losses": {name: round(value, 5) for name, value in progress.losses.items()},
        "worker": worker_name(),
        "seconds": seconds,
    }
