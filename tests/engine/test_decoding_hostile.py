"""What the decoder does with files that are no pictures, damaged, or made to hurt."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize_engine.decoding import FORMATS, open_picture
from stylize_engine.errors import (
    ImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    NotAnImageError,
    TruncatedImageError,
)
from tests.engine.pictures import encode, quarters

ORIENTATION = 0x0112


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_picture_with_a_value_that_is_no_number_is_refused(value):
    picture = Image.new("F", (40, 40), 0.5)
    picture.putpixel((35, 5), value)
    with pytest.raises(TruncatedImageError, match="damaged or not complete"):
        open_picture(encode(picture, "TIFF"))


@pytest.mark.parametrize("data", [b"hello", b"GIF89a" + bytes(40), b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_named_as_such(data):
    with pytest.raises(NotAnImageError, match="use JPEG, PNG, WebP, TIFF, HEIC or AVIF"):
        open_picture(data)


@pytest.mark.parametrize("format", ["GIF", "BMP", "PPM", "ICO", "TGA", "PDF"])
def test_a_format_outside_the_list_is_refused(format):
    with pytest.raises(NotAnImageError):
        open_picture(encode(quarters(), format))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
@pytest.mark.parametrize("format", FORMATS)
def test_a_truncated_picture_is_named_as_such(format, share):
    data = encode(Image.effect_mandelbrot((300, 200), (-2, -1, 1, 1), 60).convert("RGB"), format)
    with pytest.raises(TruncatedImageError, match="download it again"):
        open_picture(data[: max(20, int(len(data) * share))])


def test_a_small_picture_is_refused_with_its_size():
    with pytest.raises(ImageTooSmallError, match="64 x 31 pixels"):
        open_picture(encode(quarters(64, 31), "PNG"))


def test_too_many_pixels_are_refused():
    with pytest.raises(ImageTooLargeError, match=r"64 x 48 pixels; scale it down to at most 0\.003 million pixels"):
        open_picture(encode(quarters(), "PNG"), max_pixels=3000)


@pytest.mark.parametrize("edge", [8000, 20_000])
def test_too_many_pixels_are_found_before_they_are_decoded(edge):
    data = bytearray(encode(Image.new("1", (edge, edge)), "PNG"))
    del data[200:]  # decoding this would fail as truncated
    with pytest.raises(ImageTooLargeError, match="at most 50 million pixels, about 7000 x 7000"):
        open_picture(bytes(data))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ImageError, match=r"missing\.jpg cannot be read \(No such file or directory\)"):
        open_picture(tmp_path / "missing.jpg")


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(ImageError, match="cannot be read"):
        open_picture(tmp_path)


def damaged_pictures():
    source = Image.effect_mandelbrot((48, 40), (-2, -1, 1, 1), 40)
    samples = [encode(source.convert("RGBA"), format) for format in FORMATS if format != "JPEG"]
    samples += [encode(source.convert("CMYK"), "JPEG"), encode(source.convert("P"), "PNG", transparency=3)]
    samples += [encode(Image.new("I;16", (40, 40), 500), "TIFF"), encode(source, "TIFF", compression="tiff_lzw")]

    @st.composite
    def damage(draw):
        data = bytearray(draw(st.sampled_from(samples)))
        for _ in range(draw(st.integers(0, 6))):
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
        return bytes(data[: draw(st.integers(0, len(data)))])

    return st.one_of(st.binary(max_size=300), damage())


@pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")  # pytest puts aside the filter that the module sets
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=damaged_pictures())
def test_damaged_files_are_decoded_or_named_and_never_anything_else(data):
    try:
        decoded = open_picture(data, max_pixels=1_000_000)
    except ImageError:
        return
    assert decoded.image.mode == "RGB"
    assert decoded.format in FORMATS.values()


def test_nothing_is_written_to_the_terminal_even_where_warnings_are_errors(tmp_path):
    (tmp_path / "huge.png").write_bytes(encode(Image.new("1", (10_000, 10_000)), "PNG"))
    (tmp_path / "cut.tif").write_bytes(encode(quarters(), "TIFF", compression="tiff_lzw")[:-60])
    script = """
import sys
from stylize_engine.decoding import open_picture
from stylize_engine.errors import ImageError
for path in sys.argv[1:]:
    try:
        open_picture(path)
    except ImageError as error:
        print(type(error).__name__)
"""
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path / "huge.png"), str(tmp_path / "cut.tif")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["ImageTooLargeError", "TruncatedImageError"], "")


def test_the_decoder_does_not_need_torch():
    script = "import sys, stylize_engine.decoding; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False"
