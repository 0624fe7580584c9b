import numpy as np
import pytest
import torch

from stylize_engine.datasets import PictureDirectory
from stylize_engine.iterates import IteratePool, pyramid
from stylize_engine.losses import gram_matrix


@pytest.fixture
def pool(picture_directories):
    photos, styles = (PictureDirectory(directory, "photos", short_edge=64) for directory in picture_directories)
    return IteratePool(np.random.default_rng(0), photos, styles, size=32, count=4, device=torch.device("cpu"))


def test_a_painting_under_way_stays_a_picture_and_changes_with_every_visit(pool, teacher):
    before = pool.rows["image"].clone()
    painted = pool.visit(teacher, 2, steps=3)
    assert painted.min() >= 0
    assert painted.max() <= 1
    assert not torch.equal(painted, before[:2])
    assert torch.equal(pool.rows["image"][:2], before[2:])
    assert torch.equal(pool.rows["image"][2:], painted)
    assert pool.rows["age"].tolist() == [0, 0, 3, 3]


def test_a_painting_that_reached_its_age_is_begun_anew(pool, teacher):
    pool.rows["age"][0], pool.rows["life"][0] = 50, 50
    pool.visit(teacher, 1, steps=1)
    assert pool.rows["age"][-1] == 1


def test_working_on_paintings_brings_their_own_loss_down(pool, teacher):
    pool.rows["life"][:] = 1000

    def loss():
        contents = teacher(pool.rows["content"])["relu3_2"]
        targets = [gram_matrix(layer) for level in pyramid(pool.rows["style"]) for layer in teacher(level).values()]
        return pool._loss(teacher, pool.rows["image"], contents, targets)

    with torch.no_grad():
        before = loss()
        with torch.enable_grad():
            pool.visit(teacher, 4, steps=20)
        assert loss() < before


def test_a_pyramid_halves_each_size_and_keeps_the_mean():
    picture = torch.rand(1, 3, 16, 24)
    levels = pyramid(picture)
    assert [tuple(level.shape[-2:]) for level in levels] == [(16, 24), (8, 12), (4, 6)]
    for level in levels:
        assert level.mean().item() == pytest.approx(picture.mean().item(), abs=1e-5)
