import json

import pytest
import torch
import torchvision.models
from PIL import Image
from safetensors.torch import save_file

from stylize_engine.classification import classify
from stylize_engine.cli import main
from stylize_engine.errors import DeviceUnavailableError, WeightsMismatchError, WeightsNotFoundError
from stylize_engine.images import load_image, to_tensor
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import build_network
from tests.engine.conftest import save_picture

TIGER, TENCH = 292, 0


@pytest.fixture(scope="module")
def network():
    """An untrained ResNet-50 whose answers are sure of themselves."""
    torch.manual_seed(0)
    return torchvision.models.resnet50().eval()


@pytest.fixture(scope="module")
def random_file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def tiger_file(network, tmp_path_factory):
    """Weights that see a tiger, and a little of a tench, in everything."""
    state = network.state_dict() | {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.full((1000,), -40.0)}
    state["fc.bias"][TIGER] = torch.tensor(3.0).log()
    state["fc.bias"][TENCH] = 0.0
    path = tmp_path_factory.mktemp("weights") / "tiger.pth"
    # As old files are: without the counters, and here in half the precision.
    torch.save({name: value.half() for name, value in state.items() if "num_batches" not in name}, path)
    return path


@pytest.fixture
def photo(tmp_path):
    save_picture(tmp_path / "pictures" / "photo.png", seed=3, size=(400, 300))
    return tmp_path / "pictures" / "photo.png"


def test_weights_made_to_see_a_tiger_see_a_tiger(tiger_file):
    guesses = classify(torch.rand(1, 3, 40, 70), "resnet50", tiger_file, device="cpu")
    assert [guess.name for guess in guesses[:2]] == ["tiger", "tench"]
    assert [guess.probability for guess in guesses[:2]] == pytest.approx([0.75, 0.25], abs=1e-3)
    assert len(guesses) == 5


@pytest.mark.parametrize("size", [(400, 300), (120, 500), (224, 224)])
def test_the_answer_is_the_one_torchvision_gives(network, random_file, tmp_path, size):
    save_picture(tmp_path / "folder" / "photo.png", seed=5, size=size)
    with Image.open(tmp_path / "folder" / "photo.png") as picture:
        prepared = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.transforms()(picture)
        image = to_tensor(picture)
    with torch.inference_mode():
        wanted, classes = network(prepared[None])[0].softmax(0).topk(5)
    guesses = classify(image, "resnet50", random_file, device="cpu")
    names = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.meta["categories"]
    assert [guess.name for guess in guesses] == [names[index] for index in classes]
    assert [guess.probability for guess in guesses] == pytest.approx(wanted.tolist(), abs=0.01)


def test_of_a_long_strip_the_middle_alone_is_looked_at(random_file):
    generator = torch.Generator().manual_seed(0)
    middle = torch.rand(1, 3, 32, 64, generator=generator)
    left, right = torch.rand(2, 1, 3, 32, 30_000, generator=generator)
    strip = torch.cat([left, middle, right], dim=-1)
    assert classify(strip, "resnet50", random_file, device="cpu") == classify(
        middle, "resnet50", random_file, device="cpu"
    )


def test_the_arguments_stay_as_they_are(tiger_file, photo):
    image = load_image(photo).tensor
    before = image.clone()
    classify(image, "resnet50", tiger_file, device="cpu")
    assert torch.equal(image, before)


def test_weights_that_end_before_the_classes_are_refused(tmp_path):
    state = build_network("resnet50", EXTRACTORS["resnet50"].names).state_dict()
    save_file(state, tmp_path / "front.safetensors")
    with pytest.raises(WeightsMismatchError, match=r"has no tensor fc\.weight"):
        classify(torch.rand(1, 3, 32, 32), "resnet50", tmp_path / "front.safetensors", device="cpu")


def test_weights_that_are_nowhere_are_asked_for(empty_cache):
    with pytest.raises(WeightsNotFoundError, match="resnet50 are not on this machine") as refused:
        classify(torch.rand(1, 3, 32, 32), "resnet50", device="cpu")
    assert str(empty_cache) in str(refused.value)


def test_a_device_that_is_not_there_is_told_before_anything_is_downloaded(empty_cache):
    with pytest.raises(DeviceUnavailableError):
        classify(torch.rand(1, 3, 32, 32), "resnet50", device="cuda:99")


def test_weights_in_the_cache_are_found(empty_cache, tiger_file):
    empty_cache.mkdir(parents=True)
    (empty_cache / "resnet50-0676ba61.pth").symlink_to(tiger_file)
    assert classify(torch.rand(1, 3, 32, 32), "resnet50", device="cpu")[0].name == "tiger"


def test_the_command_prints_a_table_or_json(photo, tiger_file, capsys):
    command = ["classify", "--content", str(photo), "--extractor", "resnet50", "--weights", str(tiger_file)]
    assert main([*command, "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:2]] == [["75.0%", "tiger"], ["25.0%", "tench"]]
    assert len(lines) == 5
    assert main([*command, "--device", "cpu", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed[0] == {"name": "tiger", "probability": pytest.approx(0.75, abs=1e-3)}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--content", "missing.jpg"], "missing.jpg cannot be read"),
        (["--weights", "missing.pth"], "There is no weights file missing.pth"),
        (["--weights", __file__], "damaged or no weights file"),
        (["--device", "tpu"], "choose auto, cpu, cuda"),
    ],
)
def test_bad_input_is_answered_in_one_line(photo, tiger_file, capsys, more, words):
    command = ["classify", "--content", str(photo), "--extractor", "resnet50", "--weights", str(tiger_file)]
    assert main([*command, *more]) == 2
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1


def test_the_extractor_that_ships_knows_no_classes(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["classify", "--content", "photo.jpg", "--extractor", "slim"])
    assert stopped.value.code == 2
    assert "invalid choice: 'slim'" in capsys.readouterr().err
