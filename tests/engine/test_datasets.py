import os

import numpy as np
import pytest
import torch
from PIL import Image

from stylize_engine import datasets
from stylize_engine.datasets import PictureDirectory, middles
from stylize_engine.errors import ConfigurationError, ImageError
from tests.engine.conftest import save_picture


@pytest.fixture
def photo_directory(picture_directories):
    return picture_directories[0]


def test_crops_are_squares_of_the_size_asked_for_and_follow_the_seed(photo_directory):
    photos = PictureDirectory(photo_directory, "photos", short_edge=64)
    crops = [photos.crop(np.random.default_rng(5), 24) for _ in range(2)]
    assert crops[0].shape == (3, 24, 24)
    assert 0 <= crops[0].min() < crops[0].max() <= 1
    assert torch.equal(crops[0], crops[1])
    assert not torch.equal(crops[0], photos.crop(np.random.default_rng(6), 24))


def test_a_file_that_is_no_picture_is_passed_over(photo_directory):
    (photo_directory / "broken.jpg").write_bytes(b"no picture")
    photos = PictureDirectory(photo_directory, "photos", short_edge=64)
    random = np.random.default_rng(0)
    for _ in range(20):
        photos.crop(random, 16)
    assert [path.name for path in photos.paths] == ["0.png", "1.png", "2.png"]
    assert photos.left_out == {str(photo_directory / "broken.jpg")}


@pytest.mark.parametrize("suffix", [".heif", ".hif", ".jfif", ".JPEG", ".heic", ".avif", ".webp", ".tif"])
def test_pictures_in_folders_are_found_by_every_name_of_an_accepted_format(tmp_path, suffix):
    save_picture(tmp_path / "one.png", 1)
    (tmp_path / "one.png").rename(tmp_path / f"one{suffix}")
    (tmp_path / "notes.txt").write_text("of a year")
    assert [path.name for path in PictureDirectory(tmp_path, "photos", 64).paths] == [f"one{suffix}"]


@pytest.mark.parametrize("mistyped", ["phptos", "empty", "notes.txt"])
def test_each_directory_without_pictures_is_named_whatever_lies_in_the_others(photo_directory, tmp_path, mistyped):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("of a year")
    with pytest.raises(ConfigurationError, match=f"There are no pictures in {tmp_path}/{mistyped}; give") as caught:
        PictureDirectory([photo_directory, tmp_path / mistyped], "dataset", 64)
    assert caught.value.field == "dataset"


def test_a_link_that_leads_nowhere_is_no_picture(photo_directory):
    (photo_directory / "gone.jpg").symlink_to(photo_directory / "nothing.jpg")
    photos = PictureDirectory(photo_directory, "photos", short_edge=64)
    assert len(photos.paths) == 3
    assert photos.fingerprint()


@pytest.mark.parametrize(
    ("pictures", "count", "taken"), [(15, 4, [0, 3, 7, 11]), (3, 8, [0, 1, 2]), (7, 4, [0, 1, 3, 5])]
)
def test_middles_are_spread_over_all_pictures(tmp_path, pictures, count, taken):
    paths = [tmp_path / f"{shade}.png" for shade in range(pictures)]
    for shade, path in enumerate(paths):
        Image.new("RGB", (40, 48), (shade,) * 3).save(path)
    found = middles(paths, 32, count)
    assert (found.mean(dim=(1, 2, 3)) * 255).round().int().tolist() == taken


def test_files_known_to_be_no_pictures_can_be_left_out_at_once(photo_directory):
    photos = PictureDirectory(photo_directory, "photos", short_edge=64)
    photos.leave_out([str(photo_directory / "1.png")])
    assert [path.name for path in photos.paths] == ["0.png", "2.png"]
    assert photos.left_out == {str(photo_directory / "1.png")}


@pytest.fixture
def reads(monkeypatch):
    """The pictures that were read from their files."""
    found, read = [], datasets.open_picture
    monkeypatch.setattr(datasets, "open_picture", lambda path: found.append(path.name) or read(path))
    return found


def cropped_often(directory):
    photos, random = PictureDirectory(directory, "photos", short_edge=64), np.random.default_rng(0)
    for _ in range(60):
        photos.crop(random, 16)


def test_pictures_are_read_once_while_they_fit_into_memory(photo_directory, reads):
    cropped_often(photo_directory)
    assert sorted(reads) == ["0.png", "1.png", "2.png"]


@pytest.mark.parametrize(("width", "few", "many"), [(48, 10, 30), (480, 30, 50)])
def test_as_many_pictures_are_kept_as_fit_whatever_their_shape(photo_directory, reads, monkeypatch, width, few, many):
    """Two of three where they are as wide as most, of which each third has to be read again, and of wide ones one."""
    for path in photo_directory.iterdir():
        save_picture(path, 0, size=(width, 40))
    monkeypatch.setattr(datasets, "CACHE_BYTES", 2 * 4 * 48 * 40)
    cropped_often(photo_directory)
    assert few < len(reads) < many


def test_the_fingerprint_of_a_directory_changes_with_its_pictures(photo_directory):
    first = PictureDirectory(photo_directory, "photos", 64).fingerprint()
    assert first == PictureDirectory(photo_directory, "photos", 64).fingerprint()
    (photo_directory / "another.png").write_bytes((photo_directory / "0.png").read_bytes())
    assert first != PictureDirectory(photo_directory, "photos", 64).fingerprint()


def test_a_picture_whose_name_is_no_text_counts_like_any_other(photo_directory):
    others = PictureDirectory(photo_directory, "photos", 64).fingerprint()
    (photo_directory / os.fsdecode(b"caf\xe9.png")).write_bytes((photo_directory / "0.png").read_bytes())
    photos = PictureDirectory(photo_directory, "photos", 64)
    assert len(photos.paths) == 4
    assert photos.fingerprint() != others


def test_a_folder_that_does_not_count_may_lie_among_the_pictures(photo_directory):
    samples = photo_directory / "network" / "samples"
    samples.mkdir(parents=True)
    (photo_directory / "0.png").rename(samples / "0.png")
    assert len(PictureDirectory(photo_directory, "photos", 64, without=samples).paths) == 2
    assert len(PictureDirectory(samples, "photos", 64, without=samples).paths) == 1
    assert len(PictureDirectory([photo_directory / "network"], "photos", 64, without=photo_directory).paths) == 1


def test_a_picture_named_twice_counts_once(photo_directory):
    (photo_directory / "link.png").symlink_to(photo_directory / "0.png")
    found = PictureDirectory([photo_directory, photo_directory / "1.png", photo_directory / ".."], "photos", 64)
    assert len({path.resolve() for path in found.paths}) == len(found.paths)
    assert len([path for path in found.paths if path.parent.resolve() == photo_directory]) == 3


def test_pictures_in_subdirectories_count(photo_directory):
    (photo_directory / "deeper").mkdir()
    (photo_directory / "0.png").rename(photo_directory / "deeper" / "0.png")
    assert len(PictureDirectory(photo_directory, "photos", 64).paths) == 3


def test_a_directory_of_broken_pictures_is_told_by_the_last_ones_error(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"broken\.jpg"):
        PictureDirectory(tmp_path, "photos", 64).crop(np.random.default_rng(0), 16)


def test_a_directory_that_is_missing_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"There are no pictures in .*nowhere") as caught:
        PictureDirectory(tmp_path / "nowhere", "styles", 64)
    assert caught.value.field == "styles"
