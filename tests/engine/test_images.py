import io
import os
import stat

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.utils._python_dispatch import TorchDispatchMode

from stylize_engine.errors import ImageError, ImageTooSmallError
from stylize_engine.images import (
    SAVED_SUFFIXES,
    check_output,
    load_image,
    resize,
    save_image,
    save_picture,
    to_picture,
    to_tensor,
)
from tests.engine.full_disk import full_disk


def ramp(height=48, width=64):
    """Red grows to the right, green downwards; blue is one half."""
    down, across = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    return torch.stack([across, down, torch.full_like(down, 0.5)])[None]


def half_transparent(size=(64, 48)):
    alpha = Image.new("L", size, 255)
    alpha.paste(0, (0, 0, size[0] // 2, size[1]))
    return alpha


def test_a_picture_becomes_a_tensor_by_the_convention():
    picture = Image.new("RGB", (3, 2), (255, 0, 51))
    tensor = to_tensor(picture)
    assert (tensor.shape, tensor.dtype) == ((1, 3, 2, 3), torch.float32)
    assert tensor[0, :, 0, 0].tolist() == pytest.approx([1, 0, 0.2])


@given(st.binary(min_size=3 * 6, max_size=3 * 6))
def test_a_picture_survives_the_way_to_a_tensor_and_back(values):
    picture = Image.frombytes("RGB", (3, 2), values)
    assert to_picture(to_tensor(picture)).tobytes() == values


def test_values_outside_the_range_are_clamped_and_others_rounded():
    tensor = torch.tensor([-1.0, 0.4999, 2.0]).view(1, 3, 1, 1)
    assert to_picture(tensor).getpixel((0, 0)) == (0, 127, 255)


class ComputedFloats(TorchDispatchMode):
    """Notes how many floating-point numbers each tensor holds that is computed, views of `given` left out."""

    def __init__(self, given):
        super().__init__()
        self.given, self.counts = given.untyped_storage().data_ptr(), []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (list, tuple)) else [result]:
            if tensor.is_floating_point() and tensor.untyped_storage().data_ptr() != self.given:
                self.counts.append(tensor.numel())
        return result


def test_a_high_picture_is_converted_in_pieces_to_what_it_would_be_as_a_whole():
    tensor = torch.rand(1, 3, 1001, 7, generator=torch.Generator().manual_seed(0))
    with ComputedFloats(tensor) as computed:
        picture = to_picture(tensor)
    assert 0 < max(computed.counts) < tensor.numel() / 3
    assert picture.size == (7, 1001)
    assert torch.equal((to_tensor(picture) * 255).round(), (tensor * 255).round())


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 3, 8, 8), (1, 1, 8, 8)])
def test_what_is_not_one_rgb_picture_is_not_converted(shape):
    with pytest.raises(ValueError, match=r"shape \(1, 3, H, W\)"):
        to_picture(torch.zeros(shape))


def test_the_alpha_given_to_a_picture_is_scaled_to_fit():
    picture = to_picture(ramp(), half_transparent((640, 480)))
    assert (picture.mode, picture.size) == ("RGBA", (64, 48))
    assert [picture.getpixel((x, 20))[3] for x in (5, 60)] == [0, 255]


def test_an_image_is_loaded_at_the_size_asked_for_with_its_alpha(tmp_path):
    to_picture(ramp(), half_transparent()).save(tmp_path / "cut.png")
    loaded = load_image(tmp_path / "cut.png", image_size=40)
    assert loaded.tensor.shape == (1, 3, 30, 40)
    assert loaded.alpha.size == (40, 30)
    assert load_image(tmp_path / "cut.png").tensor.shape == (1, 3, 48, 64)


def test_loading_and_scaling_agree(tmp_path):
    save_image(ramp(192, 256), tmp_path / "ramp.png")
    loaded = load_image(tmp_path / "ramp.png", image_size=64).tensor
    torch.testing.assert_close(loaded, resize(ramp(192, 256), 64), atol=0.02, rtol=0)


def test_a_picture_too_small_is_not_loaded(tmp_path):
    Image.new("RGB", (40, 8)).save(tmp_path / "thin.png")
    with pytest.raises(ImageTooSmallError):
        load_image(tmp_path / "thin.png")


@pytest.mark.parametrize("suffix", SAVED_SUFFIXES)
def test_a_saved_picture_reads_back_in_every_format(tmp_path, suffix):
    path = tmp_path / f"picture{suffix}"
    save_image(ramp(), path)
    torch.testing.assert_close(load_image(path).tensor, ramp(), atol=0.04, rtol=0)


@pytest.mark.parametrize(("suffix", "longest"), [(".webp", 16383), (".avif", 32768), (".jpg", 65500)])
def test_a_picture_too_long_for_its_format_is_refused_in_a_sentence(tmp_path, suffix, longest):
    path = tmp_path / f"panorama{suffix}"
    save_picture(Image.new("RGB", (longest, 2)), path)
    assert Image.open(path).size == (longest, 2)
    with pytest.raises(ImageError, match=f"holds up to {longest} pixels an edge; take .png"):
        save_picture(Image.new("RGB", (longest + 1, 2)), path)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".avif", ".tiff"])
def test_alpha_is_saved_where_the_format_can(tmp_path, suffix):
    path = tmp_path / f"picture{suffix}"
    save_image(ramp(), path, half_transparent())
    alpha = load_image(path).alpha
    assert [alpha.getpixel((x, 20)) for x in (5, 60)] == pytest.approx([0, 255], abs=3)


def test_a_jpeg_shows_white_where_the_picture_is_transparent(tmp_path):
    save_image(torch.zeros(1, 3, 48, 64), tmp_path / "picture.jpg", half_transparent())
    tensor = load_image(tmp_path / "picture.jpg").tensor
    assert tensor[0, 0, 20, [5, 60]].tolist() == pytest.approx([1, 0], abs=0.02)


def test_quality_decides_the_size_of_a_jpeg(tmp_path):
    noise = torch.rand(1, 3, 64, 64)
    for quality in (30, 95):
        save_image(noise, tmp_path / f"{quality}.jpg", quality=quality)
    assert (tmp_path / "30.jpg").stat().st_size < (tmp_path / "95.jpg").stat().st_size / 2


@pytest.mark.parametrize("name", ["picture", "picture.gif", "picture.heic"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(ImageError, match=r"\.png, \.jpg, \.jpeg, \.webp, \.avif, \.tif, \.tiff"):
        save_image(ramp(), tmp_path / name)
    with pytest.raises(ImageError, match=r"\.png"):
        check_output(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "picture.png"
    save_image(ramp(), path)
    before = path.read_bytes()
    with full_disk(), pytest.raises(ImageError, match=r"picture\.png cannot be written \(File too large\)"):
        save_image(torch.rand(1, 3, 64, 64), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["picture.png"]


@pytest.mark.parametrize("suffix", SAVED_SUFFIXES)
def test_a_full_disk_is_told_in_one_sentence_whatever_the_format(tmp_path, capfd, suffix):
    path = tmp_path / f"picture{suffix}"
    with full_disk(), pytest.raises(ImageError, match=r"cannot be written \(File too large\); choose another place\.$"):
        save_image(torch.rand(1, 3, 64, 64), path)
    assert capfd.readouterr().err == ""
    assert os.listdir(tmp_path) == []


def test_a_saved_file_has_the_permissions_of_any_new_file(tmp_path):
    save_image(ramp(), tmp_path / "picture.png")
    (tmp_path / "other").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("picture.png", "other")}
    assert len(modes) == 1


def test_a_place_that_cannot_be_written_is_named_before_the_work(tmp_path):
    with pytest.raises(ImageError, match="does not exist"):
        check_output(tmp_path / "missing" / "picture.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageError, match="is a folder"):
        check_output(tmp_path / "folder.png")
    with pytest.raises(ImageError, match=r"picture\.png cannot be written"):
        check_output("/proc/picture.png")
    check_output(tmp_path / "picture.png")
    assert os.listdir(tmp_path) == ["folder.png"]


def test_nothing_in_a_saved_file_tells_of_the_original(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    to_picture(ramp()).save(tmp_path / "photo.jpg", exif=exif)
    loaded = load_image(tmp_path / "photo.jpg")
    save_image(loaded.tensor, tmp_path / "result.jpg", loaded.alpha)
    assert b"Camera" not in (tmp_path / "result.jpg").read_bytes()
    assert not Image.open(io.BytesIO((tmp_path / "result.jpg").read_bytes())).getexif()
