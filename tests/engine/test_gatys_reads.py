"""What a GPU would have to be waited for, found without one: operators that hand a tensor's value to Python."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from stylize_engine.gatys.search import Pictures, Search
from tests.engine.gatys_settings import config

READS = {torch.ops.aten._local_scalar_dense, torch.ops.aten.nonzero, torch.ops.aten.masked_select, torch.ops.aten.equal}


class ReadsRefused(TorchDispatchMode):
    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        assert operator.overloadpacket not in READS, f"{operator} makes the processor wait"
        return operator(*args, **(kwargs or {}))


@pytest.fixture
def search(content, style, extractor, request):
    asked = config(optimizer=request.param, num_steps=30, scales=1)
    return Search(Pictures(content, [style]), asked, extractor, torch.device("cpu"))


@pytest.mark.parametrize("search", ["adam", "lbfgs"], indirect=True)
def test_a_step_reads_nothing_back(search):
    search.advance()
    with ReadsRefused():
        for _ in range(10):
            search.advance()
    assert search.read_losses()["total"] > 0


@pytest.mark.parametrize("search", ["lbfgs"], indirect=True)
def test_a_read_would_be_noticed(search):
    search.advance()
    with ReadsRefused(), pytest.raises(AssertionError, match="makes the processor wait"):
        bool(search.losses["total"] > 0)
