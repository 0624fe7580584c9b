import copy

import pytest
import torch

from stylize_engine.checkpoints import load_checkpoint, save_checkpoint
from stylize_engine.gatys.search import Pictures, Search
from tests.engine.gatys_settings import config

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_step_never_makes_the_processor_wait_for_the_gpu(content, style, extractor, optimizer, resumed, tmp_path):
    device = torch.device("cuda")
    asked = config(optimizer=optimizer, num_steps=30, scales=1)
    search = Search(Pictures(content, [style]), asked, copy.deepcopy(extractor).to(device), device)
    for _ in range(3):
        search.advance()
    if resumed:
        save_checkpoint(tmp_path / "checkpoint", "", search.state())
        search.restore(load_checkpoint(tmp_path / "checkpoint", ""))
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(20):
            search.advance()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert search.read_losses()["total"] > 0
