import json

import pytest
import torch

from stylize_engine.cli import main
from stylize_engine.errors import ConfigurationError, ImageError, ImageTooSmallError
from stylize_engine.evaluation import Judge, score


@pytest.fixture(scope="module")
def pictures():
    down, across = torch.meshgrid(torch.linspace(0, 12, 90), torch.linspace(0, 18, 130), indexing="ij")
    photo = torch.stack([down.sin(), across.cos(), (down + across).sin()])[None] / 2 + 0.5
    generator = torch.Generator().manual_seed(0)
    return photo, torch.rand(1, 3, 100, 100, generator=generator)


@pytest.fixture(scope="module")
def judge():
    return Judge(device="cpu")


def test_the_untouched_photo_has_no_content_distance_and_all_of_the_style_distance(judge, pictures):
    photo, painting = pictures
    found = judge.reference(photo, [painting]).score(photo)
    assert found.style == pytest.approx(1, abs=1e-4)
    assert found.content == pytest.approx(0, abs=1e-6)


def test_a_photo_that_is_its_own_painting_has_no_style_score(picture_directories, capsys):
    photo, result = (str(picture_directories[0] / f"{number}.png") for number in range(2))
    assert (
        main(["evaluate", "--content", photo, "--style", photo, "--result", result, "--device", "cpu", "--json"]) == 0
    )
    score = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)[result]
    assert score["style"] is None
    assert score["content"] > 0


def test_the_painting_itself_has_its_own_style(judge, pictures):
    photo, _ = pictures
    painting = photo.flip(1).rot90(2, (2, 3)).contiguous()
    reference = judge.reference(photo, [painting])
    assert reference.score(painting).style < 0.02
    assert reference.score(painting).content > 0.1


def test_a_picture_too_narrow_for_the_judge_is_refused_whichever_it_is(judge, pictures):
    narrow = torch.rand(1, 3, 33, 1200)
    for content, style in ((narrow, pictures[1]), (pictures[0], narrow)):
        with pytest.raises(ImageTooSmallError, match="too narrow to be scored: it has 512 x 14 pixels"):
            judge.reference(content, [style])
    assert judge.reference(torch.rand(1, 3, 33, 1050), [pictures[1]]).photo.shape[-2] == 16


def test_a_blend_lies_between_its_styles(judge, pictures):
    photo, painting = pictures
    alone = judge.reference(photo, [painting]).score(painting.mean((2, 3), keepdim=True).expand_as(photo))
    blended = judge.reference(photo, [painting, photo], [1, 3])
    assert blended.score(photo).style == pytest.approx(1, abs=1e-4)
    assert judge.reference(photo, [painting, painting], [1, 3]).score(
        painting.mean((2, 3), keepdim=True).expand_as(photo)
    ).style == pytest.approx(alone.style, rel=1e-3)


def test_a_result_of_another_size_is_scaled_to_the_photo(judge, pictures):
    photo, painting = pictures
    larger = torch.nn.functional.interpolate(photo, scale_factor=2, mode="bilinear")
    assert judge.reference(photo, [painting]).score(larger).content < 0.05


@pytest.mark.parametrize("size", [(64, 44), (32, 22), (1300, 900)])
def test_a_result_whose_edges_are_rounded_is_scored(judge, pictures, size):
    width, height = size
    result = torch.nn.functional.interpolate(pictures[0], (height, width), mode="bilinear")
    assert judge.reference(pictures[0], [pictures[1]]).score(result).content < 1.5


@pytest.mark.parametrize("size", [(130, 130), (90, 130), (130, 80)])
def test_a_picture_of_another_ratio_is_none_of_the_photo(judge, pictures, size):
    width, height = size
    with pytest.raises(ImageError, match="take the photo that it was made of"):
        judge.reference(pictures[0], [pictures[1]]).score(torch.rand(1, 3, height, width))


def test_the_judge_is_named_because_scores_of_different_judges_cannot_be_compared(pictures, teacher_file):
    photo, painting = pictures
    assert score(photo, painting, photo, teacher_file).judge == "vgg16"


def test_as_many_shares_as_styles_are_asked_for(judge, pictures):
    photo, painting = pictures
    with pytest.raises(ConfigurationError, match="There are 0 style pictures; give 1 to"):
        judge.reference(photo, [])
    with pytest.raises(ConfigurationError, match="There are 2 shares for 1 style pictures; give one for each"):
        judge.reference(photo, [painting], [1, 2])
