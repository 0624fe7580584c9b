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

from tests.engine.conftest import make_picture_directories
from tests.engine.training_settings import read, run, training_config, weights
from tests.processes import descendants, wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_picture_directories(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def config(pictures, tmp_path_factory):
    dots = {"dots": (pictures[1] / "0.png",)}
    return training_config(
        pictures, tmp_path_factory.mktemp("trainings") / "one", styles=dots, batch_size=1, pyramid_levels=1,
        report_every=1, checkpoint_every=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def options(pictures):
    """The same training on the command line."""
    photos, styles = pictures
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


TRAINED = """
import json, os, signal, sys
import torch
from stylize_engine.config import TrainingConfig
from stylize_engine.training import train

moment, save = sys.argv[2], torch.save

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def save_half(state, file):
    if state["step"] == 4:
        file.write(b"half a checkpoint")
        file.flush()
        die()
    save(state, file)

if moment == "writing":
    torch.save = save_half
for progress in train(TrainingConfig(**json.loads(sys.argv[1])), device="cpu"):
    if moment == "between" and progress.step == 3:
        die()
"""


def trained(config, processes, moment="never"):
    """Start a training of its own, which kills itself at that moment."""
    program = Path(config.output).with_suffix(".py")
    program.write_text(TRAINED)
    return start([json.dumps(config.to_dict()), moment], processes=processes, program=[str(program)])


@pytest.fixture(scope="module")
def whole(config, options, tmp_path_factory):
    """The configurations of trainings that nobody has disturbed, by their numbers of processes."""
    two = replace(config, output=str(tmp_path_factory.mktemp("two")))
    run(config)
    output = finish(start([*options, "--output", two.output], processes=2))
    assert output.count("model.safetensors: 6 steps") == 1
    return {1: config, 2: two}


def test_two_processes_train_one_network(whole):
    assert [read(whole[count], "model")["processes"] for count in (1, 2)] == [1, 2]
    one, two = (weights(whole[count].output) for count in (1, 2))
    assert not torch.equal(one["styles"], two["styles"]), "the second process's pictures count"


def answers_of_two(tmp_path, program, config):
    """What two processes that run `program` print, in order."""
    (tmp_path / "program.py").write_text(program)
    answers = finish(start([json.dumps(config.to_dict())], processes=2, program=[str(tmp_path / "program.py")]))
    return answers.splitlines()


ENDED_EARLY = """
import json, os, sys
from pathlib import Path
from stylize_engine.config import TrainingConfig
from stylize_engine.training import train

training = train(TrainingConfig(**json.loads(sys.argv[1])), device="cpu")
for progress in training:
    steps = [training.send(os.environ["RANK"] == "0").step, *(later.step for later in training)]
threads = [task.read_text().strip() for task in Path("/proc/self/task").glob("*/comm")]
told = " ".join([str(steps), *(name for name in threads if "gloo" in name)])
os.write(1, f"{told}\\n".encode())  # in one piece, for the other process writes there too
"""


def test_a_training_in_two_processes_is_ended_early_by_the_first_one_and_leaves_no_thread(config, tmp_path):
    """A thread of theirs that holds a tensor when Python ends aborts its process."""
    long = replace(config, output=str(tmp_path / "two"), steps=1000, report_every=2, checkpoint_every=1000)
    assert answers_of_two(tmp_path, ENDED_EARLY, long) == ["[2]", "[2]"]
    assert read(long, "model")["step"] == 2


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
    expected = world.mean(torch.stack(begun.unreported))
    begun.save(Path(config.output, "checkpoint"))
    again = state.Training(config, cpu, world)
    again.load(Path(config.output, "checkpoint"))
    counted = torch.allclose(torch.stack(again.unreported), expected)
    steps = [progress.step for progress in train(replace(config, resume=True), device="cpu")]
    answers = world.gather(f"{begun.precision} {steps} {counted}")
    del begun, again
if world.leads:
    print(*answers, sep="\\n")
"""


def test_the_first_process_says_how_precisely_all_compute_and_where_they_go_on(config, tmp_path):
    """The second one measures another precision, and has a folder of its own, without any checkpoint. What neither has
    reported yet counts for both."""
    config = replace(config, output=str(tmp_path / "two"), precision="auto", report_every=2)
    answers = answers_of_two(tmp_path, OF_TWO_MINDS, config)
    assert answers == ["torch.float32 [4, 6] True"] * 2


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


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there are no two CUDA devices")
def test_two_processes_train_on_two_gpus(options, tmp_path):
    on_gpus = [*options, "--device", "cuda", "--output", tmp_path / "two"]
    assert "model.safetensors: 6 steps" in finish(start(on_gpus, processes=2))


@pytest.mark.parametrize(("moment", "processes"), [("between", 1), ("writing", 1), ("between", 2)])
def test_a_training_killed_in_the_middle_resumes_to_the_network_of_one_that_was_not(
    config, whole, tmp_path, moment, processes
):
    """Killed after its third step of six, or while it writes its second checkpoint; the first one is of step 2."""
    killed = replace(config, output=str(tmp_path))
    with trained(killed, processes, moment) as process:
        process.communicate(timeout=240)
    assert process.returncode == (-signal.SIGKILL if processes == 1 else 1)
    assert torch.load(tmp_path / "checkpoint", weights_only=True)["step"] == 2
    again = replace(killed, resume=True)
    if processes == 1:
        run(again)
    else:
        finish(trained(again, processes))
    assert read(killed, "history") == read(whole[processes], "history")
    undisturbed, resumed = weights(whole[processes].output), weights(killed.output)
    assert all(torch.equal(undisturbed[name], resumed[name]) for name in undisturbed)
