"""Trainings in several processes and of processes that are killed."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.engine.training_settings import training_config
from tests.processes import descendants, wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def options(picture_directories):
    photos, styles = picture_directories
    return [
        "train", "--dataset", photos, "--style", f"dots={styles / '0.png'}", "--steps", "6", "--batch-size", "1",
        "--image-size", "64", "--style-size", "64", "--widths", "4", "8", "--blocks", "1", "--pyramid-levels", "1",
        "--device", "cpu", "--precision", "fp32", "--checkpoint-every", "2", "--report-every", "1",
    ]  # fmt: skip


def start(options, *, processes=1, program=("-m", "stylize_engine")):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *(launcher if processes > 1 else []), *program, *map(str, options)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process):
    try:
        output, errors = process.communicate(timeout=240)
    finally:
        process.terminate()  # processes that wait for one another would do so for half an hour
    assert process.returncode == 0, errors
    return output


def test_two_processes_train_one_network(options, tmp_path):
    output = finish(start([*options, "--output", tmp_path / "two"], processes=2))
    assert output.count("model.safetensors: 6 steps") == 1
    manifest = json.loads((tmp_path / "two" / "model.json").read_text())
    assert manifest["processes"] == 2
    alone = finish(start([*options, "--output", tmp_path / "one"]))
    assert "model.safetensors: 6 steps" in alone
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert not torch.equal(one["styles"], two["styles"]), "the second process's pictures count"


def answers_of_two(tmp_path, program, *arguments):
    """What two processes that run `program` print, in order."""
    (tmp_path / "program.py").write_text(program)
    return finish(start(arguments, processes=2, program=[str(tmp_path / "program.py")])).splitlines()


ENDED_EARLY = """
import json, os, sys
from stylize_engine.config import TrainingConfig
from stylize_engine.training import train

training = train(TrainingConfig(**json.loads(sys.argv[1])), device="cpu")
for progress in training:
    print(training.send(os.environ["RANK"] == "0").step, *training)
"""


def test_a_training_in_two_processes_is_ended_early_by_the_first_one(picture_directories, tmp_path):
    config = training_config(picture_directories, tmp_path / "two", steps=1000, checkpoint_every=1000)
    assert answers_of_two(tmp_path, ENDED_EARLY, json.dumps(config.to_dict())) == ["2", "2"]
    assert json.loads((tmp_path / "two" / "model.json").read_text())["step"] == 2


OF_TWO_MINDS = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
import torch
from stylize_engine.config import TrainingConfig
from stylize_engine.training import state, train
from stylize_engine.training.distributed import join_world

rank, cpu = os.environ["RANK"], torch.device("cpu")
state.resolve_precision = lambda name, device: torch.float32 if rank == "0" else torch.bfloat16
config = TrainingConfig(**json.loads(sys.argv[1]))
config = replace(config, output=str(Path(config.output, rank)))
with join_world(cpu) as world:
    begun = state.Training(config, cpu, world)
    for _ in range(3):
        begun.advance()
    begun.save(Path(config.output, "checkpoint"))
    steps = [progress.step for progress in train(replace(config, resume=True), device="cpu")]
    answers = world.gather(f"{begun.precision} {steps}")
    del begun
if world.leads:
    print(*answers, sep="\\n")
"""


def test_the_first_process_says_how_precisely_all_compute_and_where_they_go_on(picture_directories, tmp_path):
    """The second one measures another precision, and has a folder of its own, without any checkpoint."""
    config = training_config(picture_directories, tmp_path / "two", precision="auto")
    answers = answers_of_two(tmp_path, OF_TWO_MINDS, json.dumps(config.to_dict()))
    assert answers == ["torch.float32 [4, 6]"] * 2


@pytest.fixture
def endless(options, tmp_path):
    """A training in two processes that ends only when it is told to, under way; its output folder is `two`."""
    long = ["--steps", "1000000", "--checkpoint-every", "1000000", "--sample-every", "1"]
    with start([*options, *long, "--output", tmp_path / "two"], processes=2) as process:
        wait_until(lambda: list((tmp_path / "two").glob("samples/*2.jpg")) or process.poll() is not None, "a step")
        yield process
        process.terminate()


def with_rank(rank, launcher):
    """The process of that rank among those that a launcher has started."""
    wanted = f"RANK={rank}".encode()
    started = ((pid, Path(f"/proc/{pid}/environ").read_bytes()) for pid in descendants(launcher))
    return next(pid for pid, environment in started if wanted in environment.split(b"\0"))


def stop_all(launcher):
    os.kill(launcher, signal.SIGINT)  # which it passes on


def stop_the_second(launcher):
    os.kill(with_rank(1, launcher), signal.SIGTERM)


@pytest.mark.skipif(not Path("/proc/self/environ").is_file(), reason="a process cannot be told by its rank here")
@pytest.mark.parametrize("stop", [stop_all, stop_the_second])
def test_two_processes_stop_together_with_one_checkpoint_whichever_is_told_to(endless, tmp_path, stop):
    stop(endless.pid)
    _, errors = endless.communicate(timeout=120)
    assert errors.count("Stopped; the same line with --resume goes on from the last checkpoint, if any.") == 1
    checkpoint = torch.load(tmp_path / "two" / "checkpoint", weights_only=True)
    assert checkpoint["step"] >= 2
    assert len(checkpoint["random"]) == 2


PARTED = """
import json, sys
from pathlib import Path
from stylize_engine.config import TrainingConfig
from stylize_engine.training import train

for progress in train(TrainingConfig(**json.loads(sys.argv[1])), device="cpu"):
    pass
names = [task.read_text().strip() for task in Path("/proc/self/task").glob("*/comm")]
print(*(name for name in names if "gloo" in name))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads cannot be told by their names here")
def test_no_thread_of_the_processes_that_trained_together_outlives_the_training(picture_directories, tmp_path):
    """Such a thread aborts its process if Python ends while it still holds a tensor."""
    config = training_config(picture_directories, tmp_path / "two", steps=2)
    assert answers_of_two(tmp_path, PARTED, json.dumps(config.to_dict())) == ["", ""]


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there are no two CUDA devices")
def test_two_processes_train_on_two_gpus(options, tmp_path):
    on_gpus = [*options, "--device", "cuda", "--output", tmp_path / "two"]
    assert "model.safetensors: 6 steps" in finish(start(on_gpus, processes=2))


KILLED = """
import json, os, signal, sys
import torch
from stylize_engine.config import TrainingConfig
from stylize_engine.training import train

moment, save = sys.argv[2], torch.save

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def save_half(state, path):
    if state["step"] == 4:
        path.write_bytes(b"half a checkpoint")
        die()
    save(state, path)

if moment == "writing":
    torch.save = save_half
for progress in train(TrainingConfig(**json.loads(sys.argv[1])), device="cpu"):
    if moment == "between" and progress.step == 3:
        die()
"""


@pytest.mark.parametrize(("moment", "processes"), [("between", 1), ("writing", 1), ("between", 2)])
def test_a_training_killed_in_the_middle_resumes_to_the_network_of_one_that_was_not(
    picture_directories, tmp_path, moment, processes
):
    """Killed after its third step of six, or while it writes its second checkpoint; the first one is of step 2."""
    config = training_config(picture_directories, tmp_path / "killed", report_every=1, checkpoint_every=2)
    killed = tmp_path / "killed.py"
    killed.write_text(KILLED)

    def trained(config, moment="never"):
        return start([json.dumps(config.to_dict()), moment], processes=processes, program=[str(killed)])

    with trained(config, moment) as process:
        process.communicate(timeout=240)
    assert process.returncode == (-signal.SIGKILL if processes == 1 else 1)
    assert torch.load(tmp_path / "killed" / "checkpoint", weights_only=True)["step"] == 2
    finish(trained(replace(config, resume=True)))
    finish(trained(replace(config, output=str(tmp_path / "whole"))))
    histories = [json.loads((tmp_path / name / "history.json").read_text()) for name in ("killed", "whole")]
    assert histories[0] == histories[1]
    whole, resumed = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
