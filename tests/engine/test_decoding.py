import io
import os

import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from stylize_engine.decoding import FORMATS, open_picture
from stylize_engine.errors import NotAnImageError
from tests.engine.pictures import encode, grey_profile, quarters

ORIENTATION = 0x0112


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


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "photo.jpg").touch()
    for source, name in ((tmp_path / "photo.jpg", "photo.jpg"), (b"", "This file"), (io.BytesIO(), "This file")):
        with pytest.raises(NotAnImageError, match=f"^{name} is empty.$"):
            open_picture(source)


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


def test_floating_point_grey_that_overshoots_is_cut_off_at_white():
    source = Image.new("F", (40, 40), 0.5)
    source.putpixel((35, 5), 1.02)
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


@pytest.mark.parametrize("mode", ["L", "LA", "P"])
@pytest.mark.parametrize("opacity", ["opaque", "a corner is not"])
def test_a_grey_profile_counts_whether_the_picture_has_opacity_or_a_palette(mode, opacity):
    grey = Image.new("L", (64, 48), 128)
    options = {"icc_profile": grey_profile(gamma=1)}
    if opacity != "opaque" and mode == "LA":
        alpha = Image.new("L", grey.size, 255)
        alpha.putpixel((0, 0), 200)
        picture = Image.merge("LA", (grey, alpha))
    else:
        picture = grey.convert(mode)
        if opacity != "opaque":
            picture.putpixel((0, 0), 3)
            options["transparency"] = 3
    decoded = open_picture(encode(picture, "PNG", **options))
    assert close(decoded.image.getpixel((30, 20)), (188, 188, 188), tolerance=2)
    assert (decoded.alpha is None) == (opacity == "opaque")


def test_a_grey_profile_does_not_take_the_colours_of_a_picture():
    picture = encode(quarters().convert("P", palette=Image.Palette.ADAPTIVE), "PNG", icc_profile=grey_profile(gamma=1))
    expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)]
    assert all(close(*pair) for pair in zip(corners(open_picture(picture).image), expected, strict=True))


def test_a_picture_may_come_through_a_pipe():
    reads, writes = os.pipe()
    os.write(writes, encode(quarters(), "PNG"))
    os.close(writes)
    assert open_picture(f"/dev/fd/{reads}").image.size == (64, 48)
    os.close(reads)


def test_what_was_written_into_a_picture_is_not_handed_on():
    told = encode(quarters(), "JPEG", comment=b"12 Elm Street")
    decoded = open_picture(told)
    assert b"12 Elm Street" in told
    assert b"12 Elm Street" not in encode(decoded.image, "JPEG")
