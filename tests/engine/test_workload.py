"""Files of a few bytes that would keep the decoder busy for minutes or hours."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from stylize_engine.decoding import open_picture
from stylize_engine.errors import ImageError
from stylize_engine.workload import MAX_PARTS, MAX_PROFILES, MAX_SCANS
from tests.engine.pictures import encode, quarters

EDGE = 5000
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES = 256, 257, 258, 259, 262, 277
STRIP_OFFSETS, ROWS_PER_STRIP, STRIP_SIZES, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_SIZES = (
    273,
    278,
    279,
    *range(322, 326),
)
RAW, DEFLATED = 1, 8
LONG, SIGNED_LONG_8 = 4, 17


def with_scans(data, count):
    """A progressive JPEG whose last scan is there so often that it has `count`."""
    scans = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    return data[:-2] + data[scans[-1] : -2] * (count - len(scans)) + data[-2:]


def chunk(kind, content=b""):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def before_pixels(data, *chunks):
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(chunks) + data[at:]


def tiff(pixels, tags):
    """A TIFF whose pixels begin at the eighth byte; `tags` are values, or lists of them, by tag."""
    table, beyond, end = b"", b"", 8 + len(pixels) + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        values = values if isinstance(values, list) else [values]
        packed = struct.pack(f"<{len(values)}I", *values)
        table += struct.pack("<HHI", tag, LONG, len(values))
        table += packed if len(values) == 1 else struct.pack("<I", end + len(beyond))
        beyond += packed if len(values) > 1 else b""
    header = b"II*\0" + struct.pack("<I", 8 + len(pixels))
    return header + pixels + struct.pack("<H", len(tags)) + table + bytes(4) + beyond


def tiled(columns, length):
    """A grey TIFF of so many columns of tiles, 16 wide and `length` high, of which the picture shows 64 rows."""
    pixels = zlib.compress(bytes(16 * length))
    tiles = {TILE_WIDTH: 16, TILE_LENGTH: length, TILE_OFFSETS: [8] * columns, TILE_SIZES: [len(pixels)] * columns}
    grey = {BITS: 8, COMPRESSION: DEFLATED, PHOTOMETRIC: 1, SAMPLES: 1}
    return tiff(pixels, {WIDTH: 16 * columns, HEIGHT: 64, **grey, **tiles})


def refused(data, reason):
    began = time.monotonic()
    with pytest.raises(ImageError, match=reason):
        open_picture(data)
    return time.monotonic() - began < 2


def test_a_jpeg_that_goes_over_its_pixels_again_and_again_is_refused_before_it_is_decoded():
    data = encode(Image.new("RGB", (EDGE, EDGE), "teal"), "JPEG", progressive=True)
    repeated = with_scans(data, 2000)
    assert len(repeated) < 400_000
    assert refused(repeated, f"This file has more than {MAX_SCANS} scans; save it anew")


def test_a_jpeg_has_as_many_scans_as_some_program_may_have_written():
    data = encode(quarters(), "JPEG", progressive=True)
    assert open_picture(with_scans(data, MAX_SCANS)).image.size == (64, 48)
    with pytest.raises(ImageError, match="scans"):
        open_picture(with_scans(data, MAX_SCANS + 1))


@pytest.mark.parametrize(
    "before",
    [
        b"\xff\xfe\x00\x02",
        b"\xff" * 70_000 + b"\xfe\x00\x04ab",
        b"\xff\xfe\xff\xff" + bytes(65533) + (b"\xff\xe5\xff\xfe" + bytes(65532)) * 20,
        b"".join(b"\xff\xfe" + struct.pack(">H", length) + bytes(length - 2) for length in range(2, 2100)),
    ],
    ids=["empty", "padded", "long", "of every length"],
)
def test_scans_are_found_behind_comments_of_any_length(before):
    data = with_scans(encode(quarters(), "JPEG", progressive=True), MAX_SCANS + 1)
    with pytest.raises(ImageError, match="scans"):
        open_picture(data[:2] + before + data[2:])


def test_scans_are_found_between_restart_markers():
    data = encode(Image.effect_noise((300, 200), 80), "JPEG", progressive=True, restart_marker_blocks=1)
    assert data.count(b"\xff\xd3") > 50
    assert open_picture(with_scans(data, MAX_SCANS)).image.size == (300, 200)
    with pytest.raises(ImageError, match="scans"):
        open_picture(with_scans(data, MAX_SCANS + 1))


def test_what_only_looks_like_scans_inside_metadata_and_behind_the_picture_is_not_counted():
    thumbnails = (b"\xff\xda\x00\x02" * 1000)[: 60_000 // 4]
    data = encode(quarters(), "JPEG", exif=b"Exif\0\0" + thumbnails)
    assert open_picture(data + thumbnails).image.size == (64, 48)


def test_a_jpeg_of_several_pictures_is_read():
    frames = [quarters()] * 30
    buffer = io.BytesIO()
    frames[0].save(buffer, "MPO", save_all=True, append_images=frames[1:], progressive=True)
    assert buffer.getvalue().count(b"\xff\xda") > MAX_SCANS
    assert open_picture(buffer.getvalue()).image.size == (64, 48)


def test_files_of_countless_parts_that_hold_nothing_are_refused():
    jpeg, png = encode(quarters(), "JPEG"), encode(quarters(), "PNG")
    count = 2_000_000
    assert refused(jpeg[:2] + b"\xff\xfe\x00\x02" * count + jpeg[2:], f"more than {MAX_PARTS} parts")
    assert refused(before_pixels(png, chunk(b"IDAT") * count), f"more than {MAX_PARTS} parts")


def test_a_png_of_countless_colour_profiles_is_refused():
    profile = chunk(b"iCCP", b"grey\0\0" + zlib.compress(bytes(1_000_000)))
    assert refused(
        before_pixels(encode(quarters(), "PNG"), profile * 10_000), f"more than {MAX_PROFILES} colour profiles"
    )


def test_a_tiff_whose_tiles_are_far_larger_than_itself_is_refused():
    assert open_picture(tiled(40, 64)).image.size == (640, 64)
    assert open_picture(tiled(5, 20_000)).image.size == (80, 64)
    assert refused(tiled(400, 500_000), "far more pieces than it needs")


def test_the_size_of_tiles_is_seen_whatever_type_it_has():
    plain = struct.pack("<HHI", TILE_LENGTH, LONG, 1)
    data = tiled(400, 500_000)
    assert data.count(plain) == 1
    with pytest.raises(ImageError):
        open_picture(data.replace(plain, struct.pack("<HHI", TILE_LENGTH, SIGNED_LONG_8, 1)))


def test_a_tiff_that_names_the_same_strips_over_and_over_is_refused():
    def stripped(count):
        strips = {STRIP_OFFSETS: [8] * count, STRIP_SIZES: [EDGE**2 // 16] * count, ROWS_PER_STRIP: EDGE // 2}
        size = {WIDTH: EDGE, HEIGHT: EDGE, BITS: 1, COMPRESSION: RAW, PHOTOMETRIC: 1, SAMPLES: 1}
        return tiff(bytes(EDGE**2 // 16), size | strips)

    assert open_picture(stripped(2)).image.size == (EDGE, EDGE)
    assert refused(stripped(5000), "far more pieces than it needs")


def boxes(data, at=0):
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + (size or len(data))]
        at += size or len(data)


def box(kind, *contents, version=None):
    content = (b"" if version is None else struct.pack(">I", version << 24)) + b"".join(contents)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def heic_of_tiles(edge, rows, columns, size):
    """A HEIC picture of that size made of one tile again and again."""
    whole = dict(boxes(encode(Image.new("RGB", (edge, edge), "teal"), "HEIF")))
    properties = dict(boxes(dict(boxes(dict(boxes(whole[b"meta"][4:]))[b"iprp"]))[b"ipco"]))
    named = [box(kind, properties[kind]) for kind in (b"hvcC", b"ispe")]
    named.append(box(b"ispe", struct.pack(">II", *size), version=0))
    grid, pixels = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size), whole[b"mdat"]
    kinds = [
        box(b"infe", struct.pack(">HH4sx", item, 0, kind), version=2) for item, kind in ((1, b"grid"), (2, b"hvc1"))
    ]
    tiles = struct.pack(f">HH{rows * columns}H", 1, rows * columns, *[2] * (rows * columns))
    begin = box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(at):
        places = struct.pack(">BBHHHHIIHHHII", 0x44, 0, 2, 1, 0, 1, at, len(grid), 2, 0, 1, at + len(grid), len(pixels))
        return box(
            b"meta",
            box(b"hdlr", bytes(4), b"pict", bytes(13), version=0),
            box(b"pitm", struct.pack(">H", 1), version=0),
            box(b"iinf", struct.pack(">H", 2), *kinds, version=0),
            box(b"iloc", places, version=0),
            box(b"iref", box(b"dimg", tiles), version=0),
            box(
                b"iprp", box(b"ipco", *named), box(b"ipma", struct.pack(">IHBBHBBB", 2, 1, 1, 3, 2, 2, 1, 2), version=0)
            ),
            version=0,
        )

    return begin + meta(len(begin) + len(meta(0)) + 8) + box(b"mdat", grid, pixels)


def test_a_heic_of_tiles_is_read():
    decoded = open_picture(heic_of_tiles(256, 2, 3, (700, 400)))
    assert (decoded.format, decoded.image.size) == ("HEIC", (700, 400))


def test_a_heic_made_of_far_more_than_it_shows_is_refused():
    assert refused(heic_of_tiles(4096, 20, 20, (1000, 1000)), "far more pieces than it needs")
