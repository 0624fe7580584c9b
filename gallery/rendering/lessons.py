"""Teaches a network a new style: a row of numbers, learnt on the gallery's photos and the person's own."""

import shutil
import time

from django.conf import settings

from gallery.models import Job, StyleModel
from gallery.rendering.gate import Inspection, present, readable
from gallery.rendering.networks import bytes_of, unreadable_named
from gallery.rendering.process import worker_name
from gallery.rendering.reporting import Cancelled, WorkerStopping, earlier_losses, reported
from gallery.rendering.resuming import train_on
from gallery.services import jobs, workers
from gallery.services.jobs import Claim
from gallery.services.lessons import lesson_folder, lesson_identity, lesson_photos, note_reached
from gallery.services.stored_files import removed_in_vain
from stylize_engine import __version__
from stylize_engine.config import TrainingConfig
from stylize_engine.networks import load_network
from stylize_engine.training import MODEL

REPORT_EVERY, CHECKPOINT_EVERY = 5, 25


def learn(claim: Claim) -> None:
    """Learn the style of a claimed job and keep its numbers and samples.

    What a worker that was stopped or killed had learnt lies in the lesson's folder, where the next one goes on as long
    as the photos are the same.
    """
    model = StyleModel.objects.select_related("network").get(jobs=claim.job_id)
    folder = lesson_folder(model)
    identity, config = lesson_identity(model), _config(model)
    started, history = time.monotonic(), earlier_losses(claim)
    first = None
    try:
        with unreadable_named():
            for progress in reported(claim, train_on(config), history):
                first = first or (progress.step, time.monotonic())
                if progress.step % CHECKPOINT_EVERY == 0 or progress.step == progress.total:
                    note_reached(model, identity, progress.step)
    except (Cancelled, WorkerStopping):
        note_reached(model, identity, Job.objects.values_list("step", flat=True).get(pk=claim.job_id))
        raise
    if progress.step > first[0]:
        workers.record_speed(
            worker_name(), "lesson", (progress.step - first[0]) / max(time.monotonic() - first[1], 1e-6)
        )
    loaded = load_network(folder / MODEL)
    fields = {
        "state": StyleModel.State.PRIVATE,
        "row": bytes_of(loaded.row(model.slug)),
        "provenance": _provenance(model, config, progress.losses, time.monotonic() - started),
    }
    inspection = Inspection(claim.mark, loaded, model.network.file.size)
    with removed_in_vain(inspection.written):
        fields |= inspection.inspect(model, model.slug, list(config.styles[model.slug]))
        jobs.succeed_job(claim, model, fields, total=progress.total, loss_history=history)
    shutil.rmtree(folder, ignore_errors=True)


def _config(model: StyleModel) -> TrainingConfig:
    photos = present(lesson_photos(model))
    pictures = [picture.file.path for picture in model.pictures.order_by("created_at", "pk")]
    return TrainingConfig(
        dataset=photos,
        samples=readable(photos),
        styles={model.slug: pictures},
        base=model.network.file.path,
        output=lesson_folder(model),
        steps=settings.LESSON_STEPS,
        batch_size=settings.LESSON_BATCH_SIZE,
        report_every=REPORT_EVERY,
        sample_every=REPORT_EVERY,
        checkpoint_every=CHECKPOINT_EVERY,
        keep_epochs=False,
        resume=True,
    )


def _provenance(model: StyleModel, config: TrainingConfig, losses: dict[str, float], seconds: float) -> dict:
    return {
        "engine": f"stylize_engine {__version__}",
        "network_sha256": model.network.sha256,
        "picture_sha256": [picture.sha256 for picture in model.pictures.order_by("created_at", "pk")],
        "steps": config.steps,
        "extractor": config.extractor,
        "losses": {name: round(value, 5) for name, value in losses.items()},
        "worker": worker_name(),
        "seconds": round(seconds, 1),
    }
