import copy
import re

import pytest
import torch
from torch.nn.functional import pad

from stylize_engine.errors import (
    ImageTooSmallError,
)
from stylize_engine.extractors import Extractor, build_extractor
from stylize_engine.gatys import optimize
from stylize_engine.gatys.objective import MIRRORED_EDGE, Objective
from stylize_engine.gatys.starts import initial_image
from stylize_engine.images import resize
from stylize_engine.losses import gram_matrix
from tests.engine.gatys_settings import LAYERS, config


class Counting(Extractor):
    """An extractor that counts the pictures it is shown."""

    def __init__(self, extractor):
        super().__init__(extractor.network)
        self.calls = 0
        self.normalize.register_forward_hook(self.count)

    def count(self, module, given, normalised):
        self.calls += 1


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("init", ["content", "noise", "style"])
def test_the_loss_falls_and_the_last_report_holds_the_picture(extractor, content, style, optimizer, init):
    settings = config(optimizer=optimizer, init=init, num_steps=25, pyramid_levels=2)
    reports = list(optimize(content, [style], settings, extractor=extractor, device="cpu"))
    assert reports[-1].losses["total"] < 0.9 * reports[0].losses["total"]
    assert (reports[-1].step, reports[-1].total) == (25, 25)
    picture = reports[-1].preview
    assert (picture.shape, picture.dtype, picture.requires_grad) == (content.shape, torch.float32, False)
    assert 0 <= picture.min() <= picture.max() <= 1


def test_the_first_step_of_lbfgs_is_one_that_half_precision_can_tell(extractor, content, style):
    reports = optimize(content, [style], config(optimizer="lbfgs", content_weight=0), extractor=extractor, device="cpu")
    assert 0.005 < (next(reports).preview - content).abs().mean() < 0.021


@pytest.mark.parametrize("init", ["content", "noise", "style"])
def test_lbfgs_descends_in_half_precision_as_well(extractor, content, style, init):
    def last_loss(precision):
        settings = config(optimizer="lbfgs", init=init, num_steps=80, precision=precision)
        *_, last = optimize(content, [style], settings, extractor=extractor, device="cpu")
        return last.losses["total"]

    assert last_loss("bf16") == pytest.approx(last_loss("fp32"), rel=0.05)


def test_losses_add_up_to_the_total(extractor, content, style):
    *_, last = optimize(content, [style], config(), extractor=extractor, device="cpu")
    assert set(last.losses) == {"content", "style", "tv", "total"}
    parts = [value for name, value in last.losses.items() if name != "total"]
    assert sum(parts) == pytest.approx(last.losses["total"], rel=1e-5)


def test_a_weight_multiplies_its_loss(extractor, content, style):
    once = Objective(extractor, content, [style], config(content_weight=1, style_weight=1, tv_weight=1))(
        style[..., :48, :]
    )
    thrice = Objective(extractor, content, [style], config(content_weight=3, style_weight=5, tv_weight=7))(
        style[..., :48, :]
    )
    for name, factor in {"content": 3, "style": 5, "tv": 7}.items():
        assert thrice[name].item() == pytest.approx(factor * once[name].item(), rel=1e-5)


def test_with_content_alone_the_photo_stays_as_it_is(extractor, content, style):
    settings = config(style_weight=0, tv_weight=0)
    *_, last = optimize(content, [style], settings, extractor=extractor, device="cpu")
    assert last.losses["total"] == 0
    torch.testing.assert_close(last.preview, content)


def test_a_painting_has_its_own_style(extractor, style):
    losses = Objective(extractor, style, [style], config(pyramid_levels=2))(style)
    assert losses["style"].item() == pytest.approx(0, abs=1e-9)
    assert losses["content"].item() == 0


def test_nothing_given_is_changed(extractor, content, style):
    before = copy.deepcopy((content, style, extractor.state_dict()))
    list(optimize(content, [style], config(), extractor=extractor, device="cpu"))
    for old, new in zip(before[2].values(), extractor.state_dict().values(), strict=True):
        assert torch.equal(old, new)
    assert torch.equal(before[0], content)
    assert torch.equal(before[1], style)
    assert not content.requires_grad


def test_a_preview_is_not_painted_over_later(extractor, content, style):
    reports = optimize(content, [style], config(), extractor=extractor, device="cpu")
    first = next(reports).preview
    kept = first.clone()
    next(reports)
    assert torch.equal(first, kept)


def test_the_same_seed_gives_the_same_picture_and_another_seed_another(extractor, content, style):
    def paint(seed):
        *_, last = optimize(content, [style], config(init="noise", seed=seed), extractor=extractor, device="cpu")
        return last.preview

    assert torch.equal(paint(3), paint(3))
    assert not torch.allclose(paint(3), paint(4), atol=0.1)


def test_reports_come_as_often_as_asked_and_at_the_end(extractor, content, style):
    reports = optimize(content, [style], config(num_steps=10), extractor=extractor, device="cpu", report_every=4)
    assert [report.step for report in reports] == [4, 8, 10]


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_step_is_one_evaluation_with_either_optimizer(extractor, content, style, optimizer):
    counting = Counting(extractor)
    settings = config(optimizer=optimizer, num_steps=30, pyramid_levels=1)
    list(optimize(content, [style], settings, extractor=counting, device="cpu"))
    targets = 2  # one pass over the photo, one over the painting
    assert counting.calls == targets + 30


def test_closing_the_generator_ends_the_work(extractor, content, style):
    counting = Counting(extractor)
    reports = optimize(content, [style], config(num_steps=1000), extractor=counting, device="cpu")
    next(reports)
    reports.close()
    calls = counting.calls
    assert next(reports, None) is None
    assert counting.calls == calls


@pytest.mark.parametrize(("shape", "expected"), [((48, 64), (48, 64)), ((30, 20), (64, 43)), ((100, 300), (21, 64))])
def test_the_result_has_the_ratio_of_the_photo_at_the_size_asked_for(extractor, style, shape, expected):
    photo = torch.rand(1, 3, *shape)
    settings = config(num_steps=1, image_size=64)
    if min(expected) < 24:
        with pytest.raises(
            ImageTooSmallError, match="The photo is too narrow at image_size 64; choose image_size 73 or more"
        ):
            optimize(photo, [style], settings, extractor=extractor, device="cpu")
        with pytest.raises(ImageTooSmallError, match="Style picture 2 is too narrow"):
            optimize(style, [style, photo], settings, extractor=extractor, device="cpu")
        return
    *_, last = optimize(photo, [style], settings, extractor=extractor, device="cpu")
    assert tuple(last.preview.shape[-2:]) == expected


def test_the_size_that_is_advised_is_enough_though_the_photo_was_scaled_before(extractor, style):
    photo = torch.rand(1, 3, 120, 9000)
    with pytest.raises(ImageTooSmallError) as refused:
        optimize(resize(photo, 512), [style], config(image_size=512), extractor=extractor, device="cpu")
    advised = int(re.search(r"choose image_size (\d+)", str(refused.value))[1])
    assert min(resize(photo, advised).shape[-2:]) >= 24


def test_a_painting_keeps_its_own_ratio(extractor, content, style):
    tall = style[..., :32]
    objective = Objective(extractor, content, [tall], config(pyramid_levels=1))
    framed = pad(tall, (MIRRORED_EDGE,) * 4, mode="reflect")
    expected = [gram_matrix(features) for features in extractor(framed).values()]
    torch.testing.assert_close(objective.style_target, expected)


def test_several_paintings_are_mixed_by_their_shares(extractor, content, style):
    other = style.flip(1).sqrt()

    def targets(styles, shares=None):
        return Objective(extractor, content, styles, config(style_weights=shares)).style_target

    first, second = targets([style]), targets([other])
    torch.testing.assert_close(targets([style, other]), [(a + b) / 2 for a, b in zip(first, second, strict=True)])
    torch.testing.assert_close(targets([style, other], (1, 0)), first)
    torch.testing.assert_close(
        targets([style, other], (6, 2)), [0.75 * a + 0.25 * b for a, b in zip(first, second, strict=True)]
    )


@pytest.mark.parametrize(("asked", "edge", "levels"), [(1, 96, 1), (3, 96, 3), (6, 96, 3), (3, 95, 2), (3, 47, 1)])
def test_the_pyramid_ends_where_a_picture_would_be_too_small(extractor, style, asked, edge, levels):
    objective = Objective(
        extractor, torch.rand(1, 3, edge, 128), [style.repeat(1, 1, 2, 2)], config(pyramid_levels=asked)
    )
    assert objective.levels == levels
    assert len(objective.style_target) == levels * len(LAYERS)


@pytest.mark.parametrize(("asked", "edge", "levels"), [(1, 1448, 1), (None, 724, 3), (None, 725, 4), (None, 1449, 5)])
def test_a_large_picture_is_compared_at_more_sizes_unless_their_number_is_asked_for(extractor, asked, edge, levels):
    picture = torch.rand(1, 3, 400, edge)
    objective = Objective(extractor, picture, [picture], config(pyramid_levels=asked))
    assert objective.levels == levels


def test_half_precision_judges_as_full_precision_does(extractor, content, style):
    exact, rough = (
        Objective(extractor, content, [style], config(precision=precision))(style[..., :48, :])
        for precision in ("fp32", "bf16")
    )
    for name, value in exact.items():
        assert rough[name].item() == pytest.approx(value.item(), rel=0.03)


def test_starting_from_the_painting_fills_the_frame(content, style):
    image = initial_image(content, [style], config(init="style"))
    torch.testing.assert_close(image, style[..., 8:56, :])


def test_starting_from_the_photo_is_a_copy(content, style):
    image = initial_image(content, [style], config())
    assert torch.equal(image, content)
    assert image.data_ptr() != content.data_ptr()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("plan", ["whole", "checkpointed", "tiled"])
def test_a_picture_is_painted_in_whatever_mode_torch_is(content, style, mode, plan):
    settings = config(num_steps=2, memory_plan=plan)
    *_, usual = optimize(content, [style], settings, device="cpu")
    with mode():
        own = build_extractor("slim", LAYERS)
        for extractor in (None, own):
            for progress in optimize(content.clone(), [style.clone()], settings, extractor=extractor, device="cpu"):
                assert not torch.is_grad_enabled()
                assert torch.is_inference_mode_enabled() == (mode is torch.inference_mode)
            assert torch.equal(progress.preview, usual.preview)
            assert not progress.preview.requires_grad
