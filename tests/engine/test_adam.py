import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from stylize_engine.adam import Adam
from tests.engine.conftest import make_picture_directories

BETAS = (0.9, 0.99)
ROOT = Path(__file__).resolve().parents[2]


def parameters():
    torch.manual_seed(0)
    return [torch.randn(shape, requires_grad=True) for shape in ((4, 3), (5,), (2, 2))]


def go(optimizer, moved, steps, rates=(0.02, 0.1)):
    """Steps of gradients that follow from the step alone; the last parameter never gets one."""
    for step in steps:
        optimizer.zero_grad()
        for parameter in moved[:-1]:
            parameter.grad = torch.sin(parameter.detach() * (step + 1))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate / (step + 1)
        optimizer.step()


def groups(moved):
    return [{"params": moved[:1]}, {"params": moved[1:]}]


@pytest.fixture
def torchs():
    """Where torch's own optimizer has come to after eight steps, and its state then."""
    moved = parameters()
    optimizer = torch.optim.Adam(groups(moved), betas=BETAS)
    go(optimizer, moved, range(8))
    return moved, optimizer.state_dict()


def equal(found, expected):
    return all(torch.equal(*pair) for pair in zip(found, expected, strict=True))


def test_it_moves_exactly_as_torchs_own_does(torchs):
    moved = parameters()
    go(Adam(groups(moved), BETAS), moved, range(8))
    assert not equal(moved[:-1], parameters()[:-1])
    assert equal(moved, torchs[0])


def test_a_scale_moves_each_number_by_so_many_times():
    whole, scaled = parameters(), parameters()
    scale = torch.tensor([0.0, 1.0, 2.0])
    go(Adam(groups(whole), BETAS), whole, range(1))
    go(Adam([{"params": scaled[:1], "scale": scale}, {"params": scaled[1:]}], BETAS), scaled, range(1))
    begun = parameters()
    assert torch.allclose(scaled[0] - begun[0], scale * (whole[0] - begun[0]), atol=1e-6)
    assert equal(scaled[1:], whole[1:])


def test_it_goes_on_from_its_own_state_and_from_torchs(torchs):
    whole = parameters()
    first = Adam(groups(whole), BETAS)
    go(first, whole, range(8))
    states = [copy.deepcopy(first.state_dict()), torchs[1]]
    halves = [[one.detach().clone().requires_grad_() for one in whole] for _ in states]
    go(first, whole, range(8, 12))
    for half, state in zip(halves, states, strict=True):
        second = Adam(groups(half), BETAS)
        second.load_state_dict(state)
        go(second, half, range(8, 12))
    assert all(equal(half, whole) for half in halves)


def test_neither_training_nor_painting_imports_torchs_compiler(tmp_path):
    photos, styles = make_picture_directories(tmp_path)
    script = f"""
import sys
from stylize_engine.cli import main
small = "--device cpu --precision fp32 --image-size 64".split()
photo, painting = {str(photos / "0.png")!r}, {str(styles / "0.png")!r}
shape = "--steps 2 --batch-size 1 --style-size 64 --widths 4 8 --blocks 1 --pyramid-levels 1".split()
assert main(["train", "--dataset", {str(photos)!r}, "--style", painting, "--output", "network", *shape, *small]) == 0
assert main(["apply", "--model", "network/model.safetensors", "--content", photo, "--output", "fast.png"]) == 0
for optimizer in ("lbfgs", "adam"):
    asked = ["--content", photo, "--style", painting, "--output", "slow.png", "--num-steps", "2"]
    assert main(["stylize", *asked, "--optimizer", optimizer, *small]) == 0
print("torch._dynamo" in sys.modules)
"""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{script}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["False"], done.stderr
