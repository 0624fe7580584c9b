import io
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, TiffImagePlugin

from stylize_engine.decoding import FORMATS, open_picture
from stylize_engine.errors import (
    ImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    NotAnImageError,
    TruncatedImageError,
)

ORIENTATION = 0x0112


def encode(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def quarters(width=64, height=48):
    """Red top left, green top right, blue bottom left, grey bottom right."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return image


def corners(image):
    width, height = image.size
    return [image.getpixel((x, y)) for y in (4, height - 5) for x in (4, width - 5)]


def close(pixel, expected, tolerance=6):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


@pytest.mark.parametrize("format", FORMATS)
def test_every_accepted_format_is_decoded_and_named(format):
    decoded = open_picture(encode(quarters(), format, quality=95))
    assert (decoded.format, decoded.image.mode, decoded.image.size) == (FORMATS[format], "RGB", (64, 48))
    assert decoded.alpha is None
    expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)]
    assert all(close(*pair, tolerance=12) for pair in zip(corners(decoded.image), expected, strict=True))


def test_a_picture_is_known_by_its_content_whatever_its_name(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(quarters(), "PNG"))
    assert open_picture(path).format == "PNG"


def test_a_binary_file_is_read_and_left_open():
    file = io.BytesIO(encode(quarters(), "PNG"))
    assert open_picture(file).image.size == (64, 48)
    assert not file.closed


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGB"])
def test_every_colour_mode_becomes_rgb(mode):
    source = quarters().convert(mode)
    decoded = open_picture(encode(source, "TIFF"))
    expected = corners(source.convert("RGB"))
    assert all(close(*pair) for pair in zip(corners(decoded.image), expected, strict=True))


def test_a_cmyk_jpeg_as_adobe_writes_it_is_not_inverted():
    decoded = open_picture(encode(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", quality=95))
    assert close(decoded.image.getpixel((20, 20)), (255, 0, 0))


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(format):
    source = Image.new("I;16", (48, 48))
    levels = [0, 257 * 64, 257 * 128, 65535]
    for column, level in enumerate(levels):
        source.paste(level, (column * 12, 0, column * 12 + 12, 48))
    decoded = open_picture(encode(source, format))
    assert [decoded.image.getpixel((column * 12 + 6, 6))[0] for column in range(4)] == [0, 64, 128, 255]


def test_sixteen_bit_grey_that_counts_from_white_is_not_a_negative():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = 0
    data = encode(Image.new("I;16", (40, 40), 65535), "TIFF", tiffinfo=tags)
    assert TiffImagePlugin.TiffImageFile(io.BytesIO(data)).tag_v2[262] == 0
    assert open_picture(data).image.getpixel((5, 5)) == (0, 0, 0)


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0, 1e6])
def test_floating_point_grey_fills_its_range(white):
    source = Image.new("F", (40, 40), white)
    source.paste(white / 2, (0, 0, 20, 40))
    decoded = open_picture(encode(source, "TIFF"))
    assert [decoded.image.getpixel((x, 5))[0] for x in (5, 35)] == [128, 255]


def test_a_lab_picture_becomes_rgb():
    lab = ImageCms.profileToProfile(
        quarters(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    decoded = open_picture(encode(lab, "TIFF"))
    expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)]
    assert all(close(*pair, tolerance=25) for pair in zip(corners(decoded.image), expected, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_a_picture_taken_with_a_turned_camera_stands_upright(format, orientation):
    stored = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    upright = quarters()
    turned = upright if stored is None else upright.transpose(Image.Transpose(stored))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    decoded = open_picture(encode(turned, format, exif=exif.tobytes(), quality=95))
    assert decoded.image.size == upright.size
    expected = corners(upright)
    assert all(close(*pair, tolerance=12) for pair in zip(corners(decoded.image), expected, strict=True))


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_alpha_is_kept_aside_and_what_it_hides_is_white(format):
    source = quarters().convert("RGBA")
    source.putalpha(Image.new("L", source.size, 255))
    source.paste((255, 0, 0, 0), (0, 0, 32, 24))
    decoded = open_picture(encode(source, format, quality=95))
    assert decoded.image.mode == "RGB"
    assert decoded.alpha.mode == "L"
    assert decoded.alpha.getpixel((4, 4)) == 0
    assert decoded.alpha.getpixel((60, 40)) == 255
    assert close(decoded.image.getpixel((4, 4)), (255, 255, 255))


def test_alpha_is_turned_together_with_the_picture():
    source = quarters().convert("RGBA")
    source.paste((0, 0, 0, 0), (0, 0, 32, 24))
    exif = Image.Exif()
    exif[ORIENTATION] = 3
    decoded = open_picture(encode(source, "PNG", exif=exif))
    assert decoded.alpha.getpixel((60, 44)) == 0
    assert decoded.alpha.getpixel((4, 4)) == 255


def test_a_transparent_palette_colour_becomes_alpha():
    source = Image.new("P", (40, 40), 0)
    source.putpalette([255, 0, 0, 0, 0, 255])
    source.paste(1, (0, 0, 20, 40))
    decoded = open_picture(encode(source, "PNG", transparency=0))
    assert [decoded.alpha.getpixel((x, 5)) for x in (5, 35)] == [255, 0]
    assert decoded.image.getpixel((5, 5)) == (0, 0, 255)


def test_alpha_that_hides_nothing_is_dropped():
    assert open_picture(encode(quarters().convert("RGBA"), "PNG")).alpha is None


def test_colours_are_converted_through_the_profile():
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    decoded = open_picture(encode(Image.new("RGB", (40, 40), (255, 0, 0)), "PNG", icc_profile=bytes(swapped)))
    assert close(decoded.image.getpixel((20, 20)), (0, 255, 0))


@pytest.mark.parametrize("profile", [b"no profile at all", b"\x00" * 200])
def test_a_broken_profile_is_ignored(profile):
    decoded = open_picture(encode(quarters(), "PNG", icc_profile=profile))
    assert corners(decoded.image) == corners(quarters())


def test_an_rgb_profile_on_a_grey_picture_does_no_harm():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    decoded = open_picture(encode(Image.new("L", (40, 40), 90), "PNG", icc_profile=profile))
    assert close(decoded.image.getpixel((20, 20)), (90, 90, 90), tolerance=1)


def test_of_several_frames_the_first_counts():
    first, second = Image.new("RGB", (40, 40), "red"), Image.new("RGB", (40, 40), "blue")
    decoded = open_picture(encode(first, "PNG", save_all=True, append_images=[second]))
    assert decoded.image.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a" + bytes(40), b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
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
    with pytest.raises(ImageTooLargeError, match=r"64 x 48 pixels; scale it down to 0\.003 megapixels"):
        open_picture(encode(quarters(), "PNG"), max_pixels=3000)


@pytest.mark.parametrize("edge", [8000, 20_000])
def test_too_many_pixels_are_found_before_they_are_decoded(edge):
    data = bytearray(encode(Image.new("1", (edge, edge)), "PNG"))
    del data[200:]  # decoding this would fail as truncated
    with pytest.raises(ImageTooLargeError):
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
