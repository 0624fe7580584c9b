import pytest

from gallery.rendering import reporting


@pytest.fixture
def worked(monkeypatch):
    """The steps that workers have done, attempt by attempt: what is only remembered is not among them."""
    steps, remember = [], reporting.remember

    def remembered(history, progress):
        steps.append(progress.step)
        remember(history, progress)

    monkeypatch.setattr(reporting, "remember", remembered)
    return steps
