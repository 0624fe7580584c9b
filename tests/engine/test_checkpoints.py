import pytest
import torch

from stylize_engine.checkpoints import load_checkpoint, save_checkpoint
from stylize_engine.errors import CheckpointError, DamagedCheckpointError, OutOfMemoryError
from tests.engine.full_disk import full_disk


@pytest.fixture
def checkpoint(tmp_path):
    save_checkpoint(tmp_path / "checkpoint", "one", {"weights": torch.arange(1000.0)})
    return tmp_path / "checkpoint"


def test_what_was_saved_is_loaded(checkpoint):
    assert torch.equal(load_checkpoint(checkpoint, "one")["weights"], torch.arange(1000.0))


def test_a_full_disk_is_told_as_such_and_the_older_checkpoint_stays(checkpoint):
    told = rf"^The checkpoint {checkpoint} cannot be written \(File too large\); make room there\.$"
    with full_disk(), pytest.raises(CheckpointError, match=told):
        save_checkpoint(checkpoint, "one", {"weights": torch.rand(10_000)})
    assert torch.equal(load_checkpoint(checkpoint, "one")["weights"], torch.arange(1000.0))


@pytest.mark.parametrize("size", [0, 1, 20, 300, 1000, 3000, 4000])
def test_a_file_that_ends_early_is_damaged(checkpoint, size):
    checkpoint.write_bytes(checkpoint.read_bytes()[:size])
    with pytest.raises(DamagedCheckpointError, match="cannot be read, for it is damaged; remove it"):
        load_checkpoint(checkpoint, "one")


def test_a_file_of_something_else_is_damaged(checkpoint):
    torch.save([1, 2], checkpoint)
    with pytest.raises(DamagedCheckpointError):
        load_checkpoint(checkpoint, "one")


@pytest.mark.parametrize(
    ("place", "reason"),
    [("/proc/self/mem", "Input/output error"), ("/", "Is a directory"), ("/missing", "No such file or directory")],
)
def test_a_file_that_the_disk_does_not_give_is_not_called_damaged(tmp_path, place, reason):
    (tmp_path / "checkpoint").symlink_to(place)
    with pytest.raises(CheckpointError, match=rf"checkpoint cannot be read \({reason}\)") as caught:
        load_checkpoint(tmp_path / "checkpoint", "one")
    assert not isinstance(caught.value, DamagedCheckpointError)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_a_file_that_the_memory_does_not_hold_is_not_called_damaged(checkpoint, monkeypatch, error):
    def load(*_, **__):
        raise error

    monkeypatch.setattr(torch, "load", load)
    with pytest.raises(OutOfMemoryError, match="free some of it to go on from the checkpoint"):
        load_checkpoint(checkpoint, "one")
