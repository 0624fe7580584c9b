import json
import math
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylize_engine.errors import CheckpointError, ConfigurationError, DivergenceError, OutOfMemoryError
from stylize_engine.extractors import Extractor
from stylize_engine.gatys import optimize
from tests.engine.conftest import save_picture
from tests.engine.gatys_settings import config

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["adam", "lbfgs"])
def asked(request):
    return config(image_size=96, scales=2, num_steps=14, optimizer=request.param, patience=50)


@pytest.mark.parametrize("interrupted_at", [1, 6, 7, 11])
def test_an_interrupted_search_ends_with_the_same_picture(content, style, extractor, asked, interrupted_at, tmp_path):
    def start(**options):
        return optimize(content, [style], asked, extractor=extractor, device="cpu", **options)

    *_, whole = start()
    file = tmp_path / "search.checkpoint"
    first = start(checkpoint=file, checkpoint_every=1)
    for _ in range(interrupted_at):
        next(first)
    first.close()
    resumed = list(start(checkpoint=file, checkpoint_every=1, resume=True))
    assert resumed[0].step == interrupted_at + 1
    assert torch.equal(resumed[-1].preview, whole.preview)
    assert resumed[-1].losses == whole.losses


@pytest.mark.parametrize("every", [50, None])
@pytest.mark.parametrize("left_at", [1, 6, 7, 11])
def test_a_search_that_is_left_between_two_checkpoints_goes_on_where_it_was(
    content, style, extractor, asked, left_at, every, tmp_path
):
    def start(**options):
        ways = {"checkpoint": tmp_path / "search.checkpoint", "checkpoint_every": every}
        return optimize(content, [style], asked, extractor=extractor, device="cpu", **ways, **options)

    *_, whole = start()
    search = start()
    for _ in range(left_at):
        next(search)
    search.close()
    resumed = list(start(resume=True))
    assert resumed[0].step == left_at + 1
    assert torch.equal(resumed[-1].preview, whole.preview)


def test_a_disk_that_fails_keeps_nobody_from_leaving_a_search(content, style, extractor, asked, tmp_path):
    (tmp_path / "folder").mkdir()
    search = optimize(
        content, [style], asked, extractor=extractor, device="cpu", checkpoint=tmp_path / "folder" / "file"
    )
    next(search)
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").write_text("no folder any more")
    search.close()
    assert (tmp_path / "folder").read_text() == "no folder any more"


class Breakable(Extractor):
    """Measures well until it is broken: then its Gram matrices are no numbers, or are right with an infinite slope."""

    broken = None

    def measure(self, *given):
        contents, grams = super().measure(*given)
        spoilt = {
            None: lambda gram: gram,
            "loss": lambda gram: gram * math.nan,
            "slope": lambda gram: gram + (0 * gram).sqrt(),
        }
        return contents, [spoilt[self.broken](gram) for gram in grams]


@pytest.mark.parametrize(("broken", "report_every"), [("loss", 4), ("slope", 1)])
def test_a_search_that_has_diverged_leaves_the_checkpoint_it_could_go_on_from(
    content, style, extractor, asked, tmp_path, broken, report_every
):
    breakable, file = Breakable(extractor.network), tmp_path / "search.checkpoint"
    ways = {"checkpoint": file, "checkpoint_every": 3, "report_every": report_every}
    search = optimize(content, [style], asked, extractor=breakable, device="cpu", **ways)
    while next(search).step < 4:
        pass
    breakable.broken = broken
    if broken == "loss":
        with pytest.raises(DivergenceError, match="lower the learning rate"):
            next(search)
    else:
        assert next(search).step == 5
        search.close()
    assert torch.load(file, weights_only=True)["step"] == 3


def test_a_finished_search_keeps_no_memory_of_its_steps(content, style, extractor, asked, tmp_path):
    file = tmp_path / "search.checkpoint"
    list(optimize(content, [style], asked, extractor=extractor, device="cpu", checkpoint=file))
    assert torch.load(file, weights_only=True)["optimizer"] is None


def test_a_finished_search_gives_its_picture_again(content, style, extractor, asked, tmp_path):
    def start(**options):
        file = tmp_path / "search.checkpoint"
        return optimize(content, [style], asked, extractor=extractor, device="cpu", checkpoint=file, **options)

    *_, last = start()
    (again,) = start(resume=True)
    assert torch.equal(again.preview, last.preview)
    assert (again.step, again.total, again.losses, again.fraction) == (14, 14, last.losses, 1)


def test_a_checkpoint_of_other_pictures_or_settings_is_refused(content, style, extractor, asked, tmp_path):
    file = tmp_path / "search.checkpoint"
    list(optimize(content, [style], asked, extractor=extractor, device="cpu", checkpoint=file))
    for pictures, settings in (
        ((content.flip(3), style), asked),
        ((content, style.flip(3)), asked),
        ((content, style), replace(asked, style_weight=7.0)),
    ):
        differing = "inputs" if settings is asked else "style_weight"
        with pytest.raises(ConfigurationError, match=rf"belongs to other settings or pictures \({differing}\)"):
            optimize(
                pictures[0], [pictures[1]], settings, extractor=extractor, device="cpu", checkpoint=file, resume=True
            )


def test_memory_that_runs_out_while_a_search_is_taken_up_is_told(
    content, style, extractor, asked, tmp_path, monkeypatch
):
    def start(**options):
        file = tmp_path / "search.checkpoint"
        return optimize(content, [style], asked, extractor=extractor, device="cpu", checkpoint=file, **options)

    list(start())

    def run_out(*_):
        raise torch.OutOfMemoryError("no more")

    monkeypatch.setattr("stylize_engine.gatys.search.Search.restore", run_out)
    with pytest.raises(OutOfMemoryError, match="The memory is too small"):
        start(resume=True)


def test_a_damaged_checkpoint_is_named(content, style, extractor, asked, tmp_path):
    (tmp_path / "file").write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match="cannot be read"):
        optimize(content, [style], asked, extractor=extractor, device="cpu", checkpoint=tmp_path / "file", resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_a_file_that_is_no_checkpoint_stays_as_it_is(content, style, extractor, asked, tmp_path, resume):
    (tmp_path / "notes.txt").write_text("of a year")
    pictures = (content, [style], asked)
    with pytest.raises(CheckpointError, match=r"notes\.txt (is no checkpoint, and would be replaced|cannot be read)"):
        optimize(*pictures, extractor=extractor, device="cpu", checkpoint=tmp_path / "notes.txt", resume=resume)
    assert (tmp_path / "notes.txt").read_text() == "of a year"


def test_a_search_from_its_start_takes_the_place_of_an_earlier_checkpoint(content, style, extractor, asked, tmp_path):
    for settings in (asked, replace(asked, style_weight=7.0)):
        search = optimize(
            content, [style], settings, extractor=extractor, device="cpu", checkpoint=tmp_path / "file",
            checkpoint_every=1,
        )  # fmt: skip
        next(search)
        identity = json.loads(torch.load(tmp_path / "file", weights_only=True)["identity"])
        assert identity["style_weight"] == settings.style_weight


def test_a_place_that_cannot_hold_a_checkpoint_is_named(content, style, extractor, asked, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written"):
        list(
            optimize(
                content, [style], asked, extractor=extractor, device="cpu", checkpoint=tmp_path / "file" / "inside"
            )
        )


def test_a_killed_command_resumes_to_the_picture_of_one_that_was_not(tmp_path):
    save_picture(tmp_path / "in" / "photo.png", 1)
    save_picture(tmp_path / "in" / "painting.png", 2)
    command = [
        sys.executable, "-m", "stylize_engine", "stylize", "--content", tmp_path / "in" / "photo.png", "--style",
        tmp_path / "in" / "painting.png", "--image-size", "96", "--num-steps", "40", "--device", "cpu",
        "--precision", "fp32",
    ]  # fmt: skip
    subprocess.run([*command, "--output", tmp_path / "whole.png"], cwd=ROOT, check=True, capture_output=True)
    checkpoint = tmp_path / "search.checkpoint"
    again = [*command, "--output", tmp_path / "parts.png", "--checkpoint", checkpoint, "--checkpoint-every", "1"]
    process = subprocess.Popen(again, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "parts.png").exists()
    subprocess.run([*again, "--resume"], cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "parts.png").read_bytes() == (tmp_path / "whole.png").read_bytes()
    assert not checkpoint.exists(), "a finished search needs no checkpoint"
