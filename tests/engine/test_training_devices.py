"""Which device each of several processes takes, and in which of torch's modes a training may begin."""

import pytest
import torch

from stylize_engine.errors import DeviceUnavailableError
from stylize_engine.training.distributed import resolve_own_device
from tests.engine.training_settings import run, training_config


@pytest.fixture
def two_gpus(monkeypatch):
    """What torch would say of a machine with two GPUs."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)


def as_process_of_torchrun(monkeypatch, local_rank):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    monkeypatch.setenv("LOCAL_RANK", str(local_rank))


@pytest.mark.parametrize("name", ["auto", "cuda"])
def test_each_process_on_a_machine_takes_a_gpu_of_its_own(monkeypatch, two_gpus, name):
    assert resolve_own_device(name) == torch.device("cuda:0")
    as_process_of_torchrun(monkeypatch, 1)
    assert resolve_own_device(name) == torch.device("cuda:1")


def test_a_device_that_is_named_is_taken_in_every_process(monkeypatch, two_gpus):
    as_process_of_torchrun(monkeypatch, 1)
    assert resolve_own_device("cuda:0") == torch.device("cuda:0")
    assert resolve_own_device("cpu") == torch.device("cpu")


def test_more_processes_than_gpus_are_refused(monkeypatch, two_gpus):
    as_process_of_torchrun(monkeypatch, 2)
    with pytest.raises(DeviceUnavailableError, match="start 2 on this machine"):
        resolve_own_device("auto")


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_training_goes_on_whatever_mode_torch_is_in(picture_directories, tmp_path, mode):
    with mode():
        *_, last = run(training_config(picture_directories, tmp_path / "out", steps=2))
        assert not torch.is_grad_enabled()
    assert last.step == 2
