"""The bundled examples: every entry has its picture, its words and its licence, and the drawings are what they say."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from gallery.examples import COVER_SIZE, HERE, NETWORK, STRIP_SIZE, configuration, load_catalogue
from gallery.examples.drawing import PICTURES, draw
from gallery.examples.drawing.__main__ import MAX_BYTES, main
from gallery.examples.render import SHEET_ARTWORKS, SHEET_WIDTH, render
from gallery.examples.render import main as render_artworks
from stylize_engine.config import ApplyConfig, GatysConfig
from stylize_engine.config.inference import LEARNT_EDGE

CATALOGUE = load_catalogue()
ENTRIES = (*CATALOGUE.photos, *CATALOGUE.styles, *CATALOGUE.artworks)


def identify(entry):
    return f"{entry.path.parent.name}/{entry.slug}"


def test_there_is_something_of_everything_to_see():
    assert len(CATALOGUE.photos) >= 4
    assert len(CATALOGUE.styles) >= 8
    assert len(CATALOGUE.artworks) >= 12


@pytest.mark.parametrize("entry", ENTRIES, ids=identify)
def test_every_entry_has_a_picture_that_opens_and_words_for_who_cannot_see_it(entry):
    with Image.open(entry.path) as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert picture.mode == "RGB"
        assert max(picture.size) >= (1000 if entry in CATALOGUE.styles else 440)
        assert min(picture.size) >= 300
    assert entry.title.strip()
    assert len(entry.alt) > 30
    assert entry.path.stem == entry.slug


@pytest.mark.parametrize(
    "group", [CATALOGUE.photos, CATALOGUE.styles, CATALOGUE.artworks], ids=["photo", "style", "artwork"]
)
def test_no_two_entries_share_a_slug_or_a_title(group):
    assert len({entry.slug for entry in group}) == len({entry.title for entry in group}) == len(group)


@pytest.mark.parametrize("folder", ["photos", "styles", "artworks"])
def test_no_picture_lies_about_that_the_catalogue_does_not_name(folder):
    named = {entry.path for entry in ENTRIES}
    assert set((HERE / folder).glob("*.jpg")) <= named


@pytest.fixture(scope="module")
def learnt():
    """The styles of the bundled network, in the order of its rows."""
    with safe_open(NETWORK, "np") as file:
        return json.loads(file.metadata()["manifest"])["styles"]


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.slug)
def test_a_trained_style_is_one_of_the_networks_and_has_its_samples(model, learnt):
    assert model.slug in learnt
    for path, size in ((model.cover, COVER_SIZE), (model.strip, STRIP_SIZE)):
        with Image.open(path) as sample:
            assert (sample.format, sample.size) == ("JPEG", size), path.name
    with Image.open(model.texture) as texture:
        assert max(texture.size) >= LEARNT_EDGE
    assert model.texture.stat().st_size <= 500_000


def test_the_trained_styles_hang_in_the_order_in_which_the_network_holds_them(learnt):
    named = [model.slug for model in CATALOGUE.models]
    assert [slug for slug in named if slug in learnt] == [slug for slug in learnt if slug in named]


@pytest.mark.parametrize("photo", CATALOGUE.photos, ids=identify)
def test_the_attribution_gives_each_photos_file_author_and_licence_in_one_row(photo):
    rows = (HERE / "ATTRIBUTION.md").read_text(encoding="utf-8").splitlines()
    row = next(row for row in rows if f"`{photo.slug}.jpg`" in row)
    author = photo.credit.split(",")[0]
    assert author.split(" (")[0] in row
    assert photo.licence in row
    assert photo.licence in ("Public domain", "CC0 1.0", "CC BY 2.0")


def test_each_style_in_the_catalogue_is_one_that_the_code_draws():
    assert sorted(style.slug for style in CATALOGUE.styles) == sorted(PICTURES)


@pytest.mark.parametrize("style", CATALOGUE.styles, ids=identify)
def test_a_style_picture_is_light_enough_to_ship(style):
    assert style.path.stat().st_size <= MAX_BYTES


@pytest.mark.parametrize("name", PICTURES)
def test_a_drawing_is_full_of_tones_and_looks_like_the_picture_that_ships(name):
    drawn = draw(name, 128)
    assert max(drawn.size) == 128
    small = np.asarray(drawn, np.float32)
    tones = small.mean(2)
    assert tones.std() > 20
    assert len(np.unique(small.reshape(-1, 3) // 32, axis=0)) > 30
    grid = (16, round(16 * drawn.height / drawn.width))
    with Image.open(HERE / "styles" / f"{name}.jpg") as shipped:
        expected = np.asarray(shipped.resize(grid, Image.Resampling.BOX), np.float32)
    found = np.asarray(drawn.resize(grid, Image.Resampling.BOX), np.float32)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.5


@pytest.mark.parametrize("name", ["stained-glass", "koi-mosaic"])
def test_drawing_twice_gives_the_same_bytes(name):
    assert draw(name, 80).tobytes() == draw(name, 80).tobytes()


def test_the_drawing_command_writes_the_pictures_it_is_asked_for(tmp_path, capsys):
    assert main(["--output", str(tmp_path), "--size", "80", "stained-glass", "batik-medallion"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"stained-glass.jpg", "batik-medallion.jpg"}
    assert capsys.readouterr().out.count(".jpg") == 2


def test_a_name_that_nobody_drew_ends_with_2_and_one_line_of_help(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "gallery.examples.drawing", "--output", str(tmp_path), "mona-lisa"],
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
    )
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "'mona-lisa'" in ended.stderr
    assert "stained-glass" in ended.stderr
    assert not any(tmp_path.iterdir())


def test_the_catalogue_needs_the_standard_library_only():
    program = (
        "import sys; from gallery.examples import load_catalogue; load_catalogue();"
        "print([name for name in ('django', 'PIL', 'numpy', 'torch') if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=HERE.parents[1], check=True
    )
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize("artwork", CATALOGUE.artworks, ids=identify)
def test_an_artwork_names_its_photo_and_styles_and_how_it_was_made(artwork):
    network = artwork.method == "network"
    assert artwork.photo in {photo.slug for photo in CATALOGUE.photos}
    known = CATALOGUE.models if network else CATALOGUE.styles
    assert {slug for slug, _ in artwork.styles} <= {style.slug for style in known}
    config = configuration(artwork.method, dict(artwork.styles), artwork.parameters)
    with Image.open(artwork.path) as picture:
        assert max(picture.size) == config.image_size
    assert artwork.path.stat().st_size <= 280_000
    assert artwork.seconds > 0
    if network:
        assert artwork.losses == ()
        return
    steps = [loss["step"] for loss in artwork.losses]
    assert steps == sorted(set(steps))
    assert steps[-1] == config.num_steps
    assert artwork.losses[-1]["total"] < artwork.losses[0]["total"]


def test_rendering_an_entry_gives_a_picture_and_a_falling_loss():
    entry = {"photo": "dahlia", "styles": [{"slug": "koi-mosaic", "weight": 1}]}
    picture, seconds, losses = render(entry, GatysConfig(image_size=64, num_steps=6), "cpu")
    assert max(picture.size) == 64
    assert seconds > 0
    assert [loss["step"] for loss in losses] == [1, 2, 3, 4, 5, 6]
    assert losses[-1]["total"] < losses[0]["total"]
    assert set(losses[0]) == {"step", "content", "style", "tv", "total"}


def test_rendering_an_entry_of_the_network_gives_a_refined_picture():
    entry = {"photo": "dahlia", "method": "network", "styles": [{"slug": "the-kiss", "weight": 1}]}
    ways = ({"image_size": 96, "refine_steps": steps} for steps in (0, 3))
    plain, refined = (render(entry, ApplyConfig({"the-kiss": 1}, **way), "cpu")[0] for way in ways)
    assert plain.size == refined.size == (96, 64)
    assert plain.tobytes() != refined.tobytes()


@pytest.mark.parametrize("artwork", CATALOGUE.artworks[:2], ids=identify)
def test_rendering_again_leaves_alone_what_is_there(artwork, capsys):
    before = artwork.path.stat().st_mtime_ns
    assert render_artworks([artwork.slug]) == 0
    assert capsys.readouterr().out == f"{artwork.slug}: already rendered\n"
    assert artwork.path.stat().st_mtime_ns == before


def test_the_sheet_shows_artworks_beside_their_photos_and_paintings(tmp_path):
    slug = SHEET_ARTWORKS[0]
    assert render_artworks(["--sheet", str(tmp_path / "sheet.jpg"), slug]) == 0
    with Image.open(tmp_path / "sheet.jpg") as picture:
        assert picture.width == SHEET_WIDTH
        assert picture.height > picture.width / 2  # all rows, not that of the one name alone


def test_an_artwork_that_nobody_planned_ends_with_2_and_one_line(tmp_path, capsys):
    assert render_artworks(["--output", str(tmp_path / "none"), "mona-lisa"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "none").exists()
