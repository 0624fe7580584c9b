import pytest

from gallery.rendering import artworks, reporting
from gallery.services import workers


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
