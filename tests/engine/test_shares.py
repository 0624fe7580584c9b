import pytest
import torch

from stylize_engine.evaluation import Judge
from stylize_engine.gatys.objective import Objective
from stylize_engine.shares import normalized
from tests.engine.gatys_settings import config


@pytest.mark.parametrize("size", [1, 1e-308, 1e308])
def test_shares_are_parts_of_one_however_large_they_are(size):
    assert normalized([size, size / 2, 0, size / 2]) == pytest.approx([0.5, 0.25, 0, 0.25])


def test_a_search_and_a_score_mix_paintings_by_huge_shares_as_by_small_ones(extractor, content, style):
    styles = [style, style.flip(2)]
    judge = Judge(device="cpu")
    for target in (
        lambda shares: Objective(extractor, content, styles, config(style_weights=shares)).style_target,
        lambda shares: judge.reference(content, styles, shares).style_target,
    ):
        small, huge = target((3.0, 1.0)), target((1.5e308, 0.5e308))
        assert all(map(torch.isfinite, (gram.sum() for gram in huge)))
        for one, other in zip(small, huge, strict=True):
            torch.testing.assert_close(one, other)
