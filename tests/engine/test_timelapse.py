import os

import numpy as np
import pytest
import torch
from PIL import Image

from stylize_engine.errors import ImageError
from stylize_engine.timelapse import LAST_FRAME_MS, MAX_FRAMES, Timelapse


def plain(value, height=8, width=8):
    return torch.full((1, 3, height, width), value)


def frames_of(path):
    """The frames as arrays, and their durations in milliseconds."""
    frames, durations = [], []
    with Image.open(path) as animation:
        for index in range(animation.n_frames):
            animation.seek(index)
            animation.load()
            frames.append(np.array(animation.convert("RGB")))
            durations.append(animation.info["duration"])
    return frames, durations


@pytest.mark.parametrize("suffix", ["webp", "gif", "GIF"])
def test_a_timelapse_runs_through_its_pictures_and_rests_at_the_last(tmp_path, suffix):
    timelapse = Timelapse(tmp_path / f"painting.{suffix}", seconds=1)
    for index in range(5):
        timelapse.add(plain(index / 5, 24 + 8 * index, 32 + 8 * index))
    timelapse.save()
    frames, durations = frames_of(tmp_path / f"painting.{suffix}")
    assert [frame.mean() for frame in frames] == pytest.approx([0, 51, 102, 153, 204], abs=3)
    assert {frame.shape for frame in frames} == {(56, 64, 3)}
    assert durations == [200, 200, 200, 200, LAST_FRAME_MS]


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_the_colours_of_the_first_and_of_the_last_picture_are_kept(tmp_path, suffix):
    timelapse = Timelapse(tmp_path / f"painting.{suffix}")
    colours = torch.tensor([[0.9, 0.2, 0.1], [0.1, 0.3, 0.8]])
    for colour in colours:
        timelapse.add(colour.view(1, 3, 1, 1).expand(1, 3, 32, 32))
    timelapse.save()
    frames, _ = frames_of(tmp_path / f"painting.{suffix}")
    for frame, colour in zip(frames, colours, strict=True):
        assert frame.reshape(-1, 3).mean(0) == pytest.approx(255 * colour.numpy(), abs=6)


@pytest.mark.parametrize(("suffix", "size"), [("webp", (720, 360)), ("gif", (480, 240))])
def test_large_pictures_become_smaller_frames(tmp_path, suffix, size):
    timelapse = Timelapse(tmp_path / f"painting.{suffix}")
    timelapse.add(plain(0.2, 1000, 2000))
    timelapse.save()
    with Image.open(tmp_path / f"painting.{suffix}") as animation:
        assert animation.size == size


@pytest.mark.parametrize("count", [1, 2, MAX_FRAMES - 1, MAX_FRAMES, MAX_FRAMES + 1, 3 * MAX_FRAMES + 5])
def test_of_very_many_pictures_few_are_kept_evenly_and_always_the_last(tmp_path, count):
    timelapse = Timelapse(tmp_path / "painting.webp")
    most = 0
    for index in range(count):
        timelapse.add(plain(index / count))
        most = max(most, len(timelapse._frames))
    timelapse.save()
    assert most <= MAX_FRAMES
    light = [frame.mean() for frame in frames_of(tmp_path / "painting.webp")[0]]
    assert light == sorted(light)
    # WebP leaves a pixel as it was where it would change by four or less.
    assert light[-1] == pytest.approx(255 * (count - 1) / count, abs=5)
    # No gap is much larger than the pictures allow.
    assert max(np.diff([0, *light])) <= 255 * max(1 / count, 4 / MAX_FRAMES) + 8


def test_saving_again_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    (tmp_path / "painting.gif").write_bytes(b"from another day")
    timelapse = Timelapse(tmp_path / "painting.gif")
    timelapse.add(plain(0.5))
    timelapse.save()
    assert os.listdir(tmp_path) == ["painting.gif"]
    assert len(frames_of(tmp_path / "painting.gif")[0]) == 1


def test_a_timelapse_that_cannot_be_says_so(tmp_path):
    with pytest.raises(ImageError, match=r"use \.webp or \.gif"):
        Timelapse(tmp_path / "painting.png")
    with pytest.raises(ImageError, match="at least one picture"):
        Timelapse(tmp_path / "painting.gif").save()
    nowhere = Timelapse(tmp_path / "missing" / "painting.gif")
    nowhere.add(plain(0.0))
    with pytest.raises(ImageError, match="cannot be written"):
        nowhere.save()
