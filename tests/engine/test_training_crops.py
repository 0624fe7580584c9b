"""What the steps of a training paint."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stylize_engine.datasets import PictureDirectory
from stylize_engine.extractors import build_extractor
from stylize_engine.training.crops import TURNS, Crops
from stylize_engine.training.lanes import Lanes
from stylize_engine.training.perceptual_loss import PerceptualLoss
from tests.engine.training_settings import training_config

LAYER = "relu3_2"


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path, pyramid_levels=1)


@pytest.fixture
def lesson(config):
    """A style is added to a base."""
    return replace(config, base="network.safetensors", styles={"dots": config.styles["dots"]})


@pytest.fixture(scope="module")
def extractor():
    return build_extractor("slim", ("relu1_2", "relu2_1", "relu2_2", "relu3_1", LAYER, "relu3_3"), "max", None)


@pytest.fixture
def crops_of(extractor, config):
    def crops(config, steps=100):
        loss = PerceptualLoss(extractor, config, torch.rand(2, 3, 64, 64), torch.float32, 4)
        photos = PictureDirectory(config.dataset, "dataset", short_edge=128)
        return Crops(config, photos, np.random.default_rng(0), steps, loss, Lanes(1))

    return crops


def seen(batches):
    """How often each crop is in batches, by its bytes."""
    pictures = [photo.numpy().tobytes() for batch in batches for photo in batch.photos]
    return {picture: pictures.count(picture) for picture in pictures}


def same(one, other):
    return (
        torch.equal(one.photos, other.photos)
        and torch.equal(one.contents[LAYER], other.contents[LAYER])
        and torch.equal(one.styles, other.styles)
        and torch.equal(one.strengths, other.strengths)
    )


def test_a_new_network_never_sees_a_crop_twice(config, crops_of):
    crops = crops_of(config)
    assert set(seen(crops.draw() for _ in range(20)).values()) == {1}


def test_a_new_style_sees_each_crop_some_times_before_others_come(lesson, crops_of):
    crops = crops_of(lesson, steps=5 * TURNS)
    first, second = (seen(crops.draw() for _ in range(5 * TURNS)) for _ in range(2))
    assert len(first) == 10
    assert set(first.values()) == set(second.values()) == {TURNS}
    assert not set(first) & set(second)


def test_between_two_turns_of_a_crop_all_others_have_theirs(lesson, crops_of):
    crops = crops_of(lesson, steps=5 * TURNS)
    for _ in range(TURNS):
        assert set(seen(crops.draw() for _ in range(5)).values()) == {1}


@pytest.mark.parametrize("added", [False, True])
def test_the_features_to_keep_are_those_of_the_photos_beside_them(config, lesson, crops_of, added):
    crops = crops_of(lesson if added else config, steps=12)
    for _ in range(8):
        batch = crops.draw()
        expected = crops.perceptual_loss.content_targets(batch.photos)[LAYER]
        assert torch.allclose(batch.contents[LAYER], expected, atol=1e-5)


def test_a_short_lesson_draws_no_more_crops_than_it_can_use(lesson, crops_of):
    crops = crops_of(lesson, steps=2 * TURNS - 1)
    assert len(seen(crops.draw() for _ in range(2 * TURNS - 1))) == 4


def test_a_lesson_whose_crops_need_too_much_memory_draws_sets_of_equal_size(lesson, crops_of, monkeypatch):
    crops = crops_of(lesson, steps=5 * TURNS)
    crops.draw()
    a_batch = 2 * sum(tensor.nbytes for tensor in (crops._held[0][0], *crops._held[0][1].values()))
    monkeypatch.setattr("stylize_engine.training.crops.HELD_BYTES", 4 * a_batch)
    crops, sizes = crops_of(lesson, steps=5 * TURNS), []
    for _ in range(5 * TURNS):
        crops.draw()
        sizes.append(len(crops._held) // 2)
    assert sizes == [3] * 5 * TURNS


@pytest.mark.parametrize(("fields", "held"), [({"image_size": 1024}, 2), ({"content_layers": ("relu1_2",)}, 3)])
def test_of_crops_that_need_much_memory_fewer_are_held(lesson, crops_of, fields, held):
    """One of 1,024 pixels and its features take 60 MiB, one of 512 in the uppermost layer 51."""
    crops = crops_of(replace(lesson, **{"image_size": 512, "batch_size": 1} | fields))
    for _ in range(2):
        assert len(seen(crops.draw() for _ in range(held * TURNS))) == held


@pytest.mark.parametrize("drawn", [0, 1, 9, 12, 15])
@pytest.mark.parametrize("added", [False, True])
def test_a_source_goes_on_from_its_state_with_the_same_batches(config, lesson, crops_of, added, drawn):
    config = lesson if added else config
    first = crops_of(config, steps=12)
    for _ in range(drawn):
        first.draw()
    second = crops_of(config, steps=12)
    second.load_state(first.state())
    assert all(same(first.draw(), second.draw()) for _ in range(16))


def test_files_that_turn_out_to_be_no_pictures_do_not_change_what_comes_next(lesson, crops_of, picture_directories):
    for number in range(3):
        (picture_directories[0] / f"{number}-broken.jpg").write_bytes(b"no picture")
    first, second = (crops_of(lesson, steps=12) for _ in range(2))
    for _ in range(5):
        first.draw()
    second.load_state(first.state())
    assert all(same(first.draw(), second.draw()) for _ in range(16))


def test_the_state_of_an_earlier_version_says_where_chance_goes_on(lesson, crops_of):
    first, second = (crops_of(lesson) for _ in range(2))
    second.load_state({"random": first.state()["random"]})
    assert same(first.draw(), second.draw())


def test_a_set_of_an_earlier_version_that_had_more_turns_is_left(lesson, crops_of):
    first, second = (crops_of(lesson) for _ in range(2))
    for turns in ({}, {"turns": TURNS + 2}):
        second.load_state({"random": first.state()["random"], "drawn": 10**6} | turns)
        assert same(crops_of(lesson).draw(), second.draw())


def test_some_pictures_are_painted_with_less_than_full_strength(config, crops_of):
    crops = crops_of(replace(config, batch_size=50))
    strengths = torch.cat([crops.draw().strengths for _ in range(4)])
    assert 20 <= (strengths < 1).sum() <= 60
    assert strengths.min() >= 0
    assert strengths.max() == 1


def test_a_new_style_is_always_painted_with_full_strength(lesson, crops_of):
    crops = crops_of(lesson)
    assert all((crops.draw().strengths == 1).all() for _ in range(20))
