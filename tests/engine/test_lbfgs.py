"""The compact form against the two-loop recursion that everybody knows."""

import pytest
import torch

from stylize_engine.gatys.lbfgs import HISTORY, LBFGS, MOST_CHANGE, SMALLEST_CURVATURE
from stylize_engine.gatys.spectrum import shaped

STEEPNESS = torch.linspace(0.1, 5, 48, dtype=torch.float64).view(1, 3, 4, 4)


def gradient(image):
    """Of a sum of steep and flat valleys, whose lowest points are at 1."""
    return 0.1 * (STEEPNESS * (image - 1) + 0.3 * (image - 1) ** 3)


def two_loop_direction(gradient, pairs):
    """Nocedal and Wright, algorithm 7.4, of `(change, gradient_change)`, oldest first."""
    pairs = [pair for pair in pairs if (pair[0] * pair[1]).sum() > SMALLEST_CURVATURE]
    direction, shares = -gradient, []
    for change, gradient_change in reversed(pairs):
        shares.append((change * direction).sum() / (change * gradient_change).sum())
        direction = direction - shares[-1] * gradient_change
    if pairs:
        change, gradient_change = pairs[-1]
        direction = direction * (change * gradient_change).sum() / gradient_change.square().sum()
    for (change, gradient_change), share in zip(pairs, reversed(shares), strict=True):
        direction = direction + change * (
            share - (gradient_change * direction).sum() / (change * gradient_change).sum()
        )
    return direction


@pytest.mark.parametrize("useless", [(), (3, 4, 9)])
def test_each_step_is_that_of_the_two_loop_recursion(useless):
    """Beyond the history's length too, and where a gradient that has not changed gives a pair of no use."""
    optimizer, image, pairs = LBFGS(), torch.zeros_like(STEEPNESS), []
    last, felt = None, gradient(image)
    noise = torch.Generator().manual_seed(0)  # so that it is never done
    for step in range(2 * HISTORY + 5):
        if step not in useless:
            felt = gradient(image) + 0.01 * torch.randn(image.shape, generator=noise, dtype=image.dtype)
        before = image.clone()
        optimizer.step(image, felt, 0.5)
        own = shaped(felt, optimizer.spectrum)
        if last is not None:
            pairs.append((last[0], own - last[1]))
        change = 0.5 * two_loop_direction(own, pairs[-HISTORY:])
        change *= (MOST_CHANGE / shaped(change, optimizer.spectrum).abs().mean()).clamp(max=1)
        torch.testing.assert_close(image - before, shaped(change, optimizer.spectrum), rtol=1e-6, atol=1e-9)
        last = (change, own)


def test_the_first_change_is_as_large_as_the_gradient():
    image = torch.zeros_like(STEEPNESS)
    felt = 0.1 * gradient(image)
    LBFGS().step(image, felt, 1.0)
    assert float(image.abs().mean()) == pytest.approx(float(felt.abs().mean()))


def test_a_step_that_would_go_far_too_far_is_cut_short():
    """As when the gradient has hardly changed: by the curvature that was seen the lowest point is far away."""
    optimizer, image = LBFGS(), torch.zeros_like(STEEPNESS)
    felt = 0.01 * gradient(image)
    optimizer.step(image, felt, 1.0)
    before = image.clone()
    optimizer.step(image, 0.9999 * felt, 1.0)
    assert float((image - before).abs().mean()) == pytest.approx(MOST_CHANGE)
    assert torch.allclose((image - before) / before, (image - before).sum() / before.sum()), "in another direction"


def test_a_picture_without_any_gradient_stays_as_it_is():
    optimizer, image = LBFGS(), torch.zeros_like(STEEPNESS)
    for _ in range(3):
        optimizer.step(image, torch.zeros_like(image), 1.0)
    assert torch.equal(image, torch.zeros_like(image))


def test_a_state_of_an_earlier_version_lets_the_memory_begin_anew():
    earlier, new = LBFGS(), LBFGS()
    image, same = torch.zeros_like(STEEPNESS), torch.zeros_like(STEEPNESS)
    before_spectra = {name: image for name in vars(earlier) if name != "spectrum"}
    earlier.load_state_dict(before_spectra)
    earlier.step(image, gradient(image), 1.0)
    new.step(same, gradient(same), 1.0)
    assert torch.equal(image, same)
