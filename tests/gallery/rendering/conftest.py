import pytest

from gallery.rendering import artworks, lessons, reporting
from gallery.services import workers
from gallery.services.teaching import teach_style


@pytest.fixture
def worked(monkeypatch):
    """The steps that workers have done, attempt by attempt: what is only remembered is not among them."""
    steps, remember = [], reporting.remember

    def remembered(history, progress):
        steps.append(progress.step)
        remember(history, progress)

    monkeypatch.setattr(reporting, "remember", remembered)
    return steps


@pytest.fixture
def state_every_second_step(db, monkeypatch):
    """A search of six steps is thought to take the one second of a start, and a third of that is long."""
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=1, extractors=["slim"])
    workers.record_speed("w", "slim", 1e6)
    monkeypatch.setattr(artworks, "STATE_SECONDS", 1 / 3)


@pytest.fixture
def quick(monkeypatch, settings):
    """Lessons of a few steps."""
    settings.LESSON_STEPS, settings.LESSON_BATCH_SIZE = 4, 1
    monkeypatch.setattr(lessons, "REPORT_EVERY", 1)
    monkeypatch.setattr(lessons, "CHECKPOINT_EVERY", 2)


@pytest.fixture
def lesson(quick, ada, trained, example_photo, make_painting):
    return teach_style(ada, [make_painting(ada)], "Waves")
