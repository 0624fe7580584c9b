import pytest
import torch
from torch.distributed import DistBackendError

from stylize_engine import devices
from stylize_engine.devices import (
    _container_memory,
    _convolution,
    free_memory,
    memory_errors_named,
    resolve_device,
    resolve_precision,
)
from stylize_engine.errors import ConfigurationError, DeviceUnavailableError, OutOfMemoryError

CPU = torch.device("cpu")


def test_the_automatic_device_is_the_gpu_where_there_is_one():
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_the_cpu_can_always_be_asked_for():
    assert resolve_device("cpu") == CPU


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cpu:0", "auto:1", "", "CUDA", "cuda:-1"])
def test_a_name_of_no_device_is_refused(name):
    with pytest.raises(ConfigurationError, match=r"choose auto, cpu, cuda or cuda:N\."):
        resolve_device(name)


def test_a_device_this_machine_lacks_is_named():
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    with pytest.raises(DeviceUnavailableError, match="There is no"):
        resolve_device(f"cuda:{count}")


def test_a_precision_given_by_name_is_taken():
    assert resolve_precision("fp32", CPU) is torch.float32
    assert resolve_precision("bf16", CPU) is torch.bfloat16


def test_an_unknown_precision_is_refused():
    with pytest.raises(ConfigurationError, match="auto, fp32, bf16"):
        resolve_precision("fp16", CPU)


@pytest.fixture
def measured(monkeypatch):
    """How often a convolution is timed, in a process that has measured nothing yet."""
    times, seconds = [], devices._seconds

    def counted(action, device):
        times.append(device)
        return seconds(action, device)

    devices._bf16_is_faster.cache_clear()
    monkeypatch.setattr(devices, "_seconds", counted)
    yield times
    devices._bf16_is_faster.cache_clear()


def test_the_automatic_precision_is_measured_once_and_then_stays(measured):
    first = resolve_precision("auto", CPU)
    taken = len(measured)
    assert taken
    assert {resolve_precision("auto", CPU) for _ in range(5)} == {first}
    assert len(measured) == taken


def test_memory_that_runs_out_while_measuring_does_not_decide_the_precision(measured, monkeypatch):
    def exhausted(device, dtype):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as full:
        full.setattr(devices, "_convolution", exhausted)
        with pytest.raises(OutOfMemoryError), memory_errors_named():
            resolve_precision("auto", CPU)
    resolve_precision("auto", CPU)
    assert measured


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_the_precision_can_be_measured_in_every_mode_of_torch(mode):
    with mode():
        _convolution(CPU, torch.float32)()


def test_free_memory_is_a_plausible_number_of_bytes():
    assert 10**7 < free_memory(CPU) < 10**14


def test_what_torch_keeps_for_tensors_to_come_is_free_on_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 8000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 300)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 100)
    assert free_memory(torch.device("cuda:0")) == 1200


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_the_memory_of_a_tensor_that_is_gone_is_free_again():
    device = torch.device("cuda:0")
    tensor = torch.empty(2**28, dtype=torch.uint8, device=device)
    before = free_memory(device)
    del tensor
    assert free_memory(device) > before + 2**27


def test_the_limit_of_a_container_counts_and_its_file_cache_does_not(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("800\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 300\n")
    assert _container_memory(tmp_path) == 500


def test_the_limit_of_a_service_counts_and_those_around_it(tmp_path):
    (tmp_path / "own").write_text("0::/system.slice/gallery.service\n")
    service = tmp_path / "system.slice/gallery.service"
    service.mkdir(parents=True)
    for folder, limit in ((service, "900"), (service.parent, "1000")):
        (folder / "memory.max").write_text(limit)
        (folder / "memory.current").write_text("100" if folder == service else "700")
        (folder / "memory.stat").write_text("inactive_file 0\n")
    assert _container_memory(tmp_path, tmp_path / "own") == 300
    (service.parent / "memory.max").write_text("max\n")
    assert _container_memory(tmp_path, tmp_path / "own") == 800


def test_a_container_of_the_older_kind_is_understood(tmp_path):
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/memory.limit_in_bytes").write_text("1000\n")
    (tmp_path / "memory/memory.usage_in_bytes").write_text("400\n")
    (tmp_path / "memory/memory.stat").write_text("inactive_file 0\n")
    assert _container_memory(tmp_path) == 600


def test_a_container_without_a_limit_sets_none(tmp_path):
    (tmp_path / "memory.max").write_text("max\n")
    assert _container_memory(tmp_path) == float("inf")
    assert _container_memory(tmp_path / "nowhere") == float("inf")


def test_running_out_of_memory_is_named_with_advice():
    with pytest.raises(OutOfMemoryError, match="smaller image_size, the adam optimizer"), memory_errors_named():
        torch.empty(10**17)


def test_the_advice_is_that_of_what_ran_out_of_memory():
    with pytest.raises(OutOfMemoryError, match=r"too small for this; paint less\.$"), memory_errors_named("paint less"):
        torch.empty(10**17)


@pytest.mark.parametrize(
    "message",
    [
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    ],
)
def test_running_out_of_memory_is_known_by_what_the_libraries_of_a_gpu_say(message):
    with pytest.raises(OutOfMemoryError), memory_errors_named():
        raise RuntimeError(message)


@pytest.mark.parametrize("error", [RecursionError, NotImplementedError, DistBackendError])
def test_what_is_derived_from_the_same_error_but_has_another_reason_passes_unchanged(error):
    with pytest.raises(error, match="another reason"), memory_errors_named():
        raise error("another reason")


def test_other_errors_pass_unchanged():
    with pytest.raises(RuntimeError, match="must match") as caught, memory_errors_named():
        torch.zeros(2) + torch.zeros(3)
    assert type(caught.value) is RuntimeError
