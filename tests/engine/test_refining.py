from dataclasses import replace

import pytest
import torch

from stylize_engine.config import Scale, refining_plan
from stylize_engine.errors import ConfigurationError, ImageTooSmallError
from stylize_engine.evaluation import Judge
from stylize_engine.gatys import optimize
from stylize_engine.inference import apply_in_steps, apply_network
from stylize_engine.inference.refining import check_paintings, scales_of
from tests.engine.gatys_settings import config
from tests.engine.test_inference import WAVE, load, photo


def waves(height=96, width=128):
    down, across = torch.meshgrid(torch.linspace(0, 20, height), torch.linspace(0, 30, width), indexing="ij")
    return torch.stack([down.sin(), (down + across).cos(), across.sin()])[None] / 2 + 0.5


PAINTINGS = {"wave": [waves()], "scream": [waves().flip(1)]}
REFINED = replace(WAVE, refine_steps=6)


def apply(image, config, paintings=PAINTINGS):
    return apply_network(load(), image, config, paintings=paintings, device="cpu")


@pytest.mark.parametrize("size", [(96, 128), (600, 900)])
def test_a_refined_picture_is_nearer_to_the_painting(size):
    image = photo(*size)
    reference = Judge().reference(image, PAINTINGS["wave"])
    plain, refined = apply(image, WAVE), apply(image, REFINED)
    assert refined.shape == image.shape
    assert 0 <= refined.min() <= refined.max() <= 1
    assert reference.score(refined).style < 0.8 * reference.score(plain).style


def test_without_steps_the_paintings_change_nothing():
    assert torch.equal(apply(photo(), WAVE), apply(photo(), WAVE, paintings=None))


def test_at_strength_zero_the_photo_comes_back_and_nothing_is_searched():
    reports = list(apply_in_steps(load(), photo(), replace(REFINED, strength=0.0), paintings=PAINTINGS, device="cpu"))
    assert torch.equal(reports[-1].preview, photo())
    assert len(reports) == 1


def test_the_less_the_strength_the_nearer_the_photo():
    weak, strong = (apply(photo(), replace(REFINED, strength=strength)) for strength in (0.25, 1.0))
    assert (weak - photo()).abs().mean() < (strong - photo()).abs().mean()


def test_blended_styles_are_refined_by_the_paintings_of_both():
    both = replace(REFINED, styles={"wave": 1, "scream": 3})
    halves = {name: [painting, painting] for name, (painting,) in PAINTINGS.items()}
    assert torch.allclose(apply(photo(), both), apply(photo(), both, halves), atol=2e-3)
    assert not torch.allclose(apply(photo(), both), apply(photo(), replace(both, styles={"wave": 3, "scream": 1})))


def test_a_style_may_have_been_learnt_from_more_paintings_than_a_search_takes():
    many = {name: [painting] * 9 for name, (painting,) in PAINTINGS.items()}
    both = replace(REFINED, styles={"wave": 1, "scream": 3})
    few, more = apply(photo(), both), apply(photo(), both, many)
    # The mean of nine is rounded otherwise, which a search makes more of in single places.
    assert (few - more).abs().mean() < 1e-3


def test_a_batch_is_refined_picture_by_picture():
    pictures = photo(count=2)
    together = apply(pictures, REFINED)
    alone = torch.cat([apply(picture, REFINED) for picture in pictures.split(1)])
    assert (together - alone).abs().mean() < 0.01 < (together[0] - together[1]).abs().mean()


def test_every_step_is_reported_and_shows_the_picture_under_way():
    reports = list(apply_in_steps(load(), photo(300, 700), REFINED, paintings=PAINTINGS, device="cpu"))
    assert [report.step for report in reports] == sorted(report.step for report in reports)
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert reports[-1].step == reports[-1].total
    assert all(report.preview is not None for report in reports)
    assert len(reports) > REFINED.refine_steps


def test_it_is_shown_as_large_as_it_was_painted_while_large_shapes_are_found_in_fewer_pixels():
    *steps, last = apply_in_steps(load(), photo(120, 200), REFINED, paintings=PAINTINGS, device="cpu")
    assert {report.preview.shape for report in (*steps, last)} == {(1, 3, 120, 200)}
    assert len(steps) == REFINED.refine_steps


def test_scales_at_which_a_picture_or_a_painting_is_too_narrow_are_left_out():
    def edges(size, painting=PAINTINGS["wave"][0]):
        return [scale.image_size for scale in scales_of(photo(*size), {"wave": [painting]}, REFINED)]

    assert edges((300, 400)) == [100, 200, 400]
    assert edges((60, 400)) == edges((300, 400), waves(60, 400)) == [200, 400]
    assert edges((40, 400)) == [400]
    image, narrow = photo(120, 200), {"wave": [waves(60, 400)]}
    assert not torch.equal(apply(image, REFINED, narrow), apply(image, WAVE))


def test_fewer_steps_than_scales_are_taken_at_the_largest():
    assert refining_plan(400, 0.75, 2) == (Scale(200, 1), Scale(400, 1))
    assert refining_plan(400, 0.75, 0) == ()


def test_a_style_without_a_painting_is_named():
    with pytest.raises(ConfigurationError, match="refine_steps needs a painting of the style 'wave'"):
        apply(photo(), REFINED, {"scream": PAINTINGS["scream"]})


def test_more_styles_than_a_search_compares_are_refused_before_any_work():
    names = [f"style {number}" for number in range(9)]
    paintings = {name: PAINTINGS["wave"] for name in names}
    with pytest.raises(ConfigurationError, match="styles: 9 are blended; refine_steps takes 8 at the most"):
        check_paintings(replace(REFINED, styles=dict.fromkeys(names, 1.0)), paintings)
    check_paintings(replace(REFINED, styles=dict.fromkeys(names, 0.0) | {"wave": 1.0}), PAINTINGS)


@pytest.mark.parametrize(
    ("size", "stroke", "painting", "words"),
    [
        ((20, 200), 1.0, waves(), "The photo is too small or too narrow: .* 200 pixels here, and this one needs 240"),
        ((100, 100), 4.0, waves(), "The photo is too small .* of 25 pixels here, and this one needs 32"),
        ((84, 84), 1.0, waves(60, 400), "A painting of 'wave' is .* of 84 pixels here, and this one needs 160"),
    ],
)
def test_what_is_too_narrow_to_be_compared_is_named(size, stroke, painting, words):
    with pytest.raises(ImageTooSmallError, match=words):
        apply(photo(*size), replace(REFINED, stroke=stroke), {"wave": [painting]})


def test_a_long_panorama_is_refined_in_as_many_pixels_as_a_search_takes():
    assert [scale.image_size for scale in refining_plan(9000, 0.02, 9)] == [2250, 4500, 8192]
    assert [scale.image_size for scale in refining_plan(100, 1.0, 9)] == [50, 100]


def test_a_search_begins_with_the_picture_it_is_given(content, style, extractor):
    begun = waves(50, 70)
    ways = {"extractor": extractor, "device": "cpu"}
    *_, last = optimize(content, [style], config(num_steps=1, learning_rate=1e-6), start=begun, **ways)
    shown = torch.nn.functional.interpolate(begun, last.preview.shape[-2:], mode="bilinear", antialias=True)
    assert (last.preview - shown).abs().mean() < 0.05
    assert torch.equal(begun, waves(50, 70))


def test_a_checkpoint_of_a_search_that_began_elsewhere_is_refused(content, style, extractor, tmp_path):
    ways = {"extractor": extractor, "checkpoint": tmp_path / "state", "device": "cpu"}
    list(optimize(content, [style], config(num_steps=2), start=waves(), **ways))
    with pytest.raises(ConfigurationError, match="other settings or pictures"):
        optimize(content, [style], config(num_steps=2), start=waves().flip(2), resume=True, **ways)
