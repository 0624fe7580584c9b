import pytest
import torch

from stylize_engine.extractors import Extractor
from stylize_engine.inheritance import least_squares
from stylize_engine.losses import gram_matrix
from stylize_engine.slim import LAYERS, Student, imitation_losses


@pytest.fixture
def student(teacher):
    torch.manual_seed(0)
    student = Student({name: layer.shape[1] for name, layer in teacher(torch.zeros(1, 3, 32, 32)).items()})
    student.begin(teacher, torch.rand(4, 3, 32, 32))
    return student


@torch.no_grad()
def test_readouts_give_the_distances_of_the_projected_features_at_the_students_width(student):
    student.bake_readouts()
    pictures = torch.rand(2, 3, 32, 32)
    own, read = student(pictures), Extractor(student.network)(pictures)
    for name, projection in student.projections.items():
        projected = torch.einsum("ts,bshw->bthw", projection, own[name])
        assert read[name].shape == own[name].shape
        torch.testing.assert_close((read[name][0] - read[name][1]).norm(), (projected[0] - projected[1]).norm())
        grams, wide = gram_matrix(read[name]), gram_matrix(projected)
        torch.testing.assert_close((grams[0] - grams[1]).norm(), (wide[0] - wide[1]).norm(), rtol=1e-3, atol=1e-6)


@torch.no_grad()
def test_the_imitation_losses_from_moments_are_those_of_the_projected_features(student, teacher):
    pictures = torch.rand(2, 3, 32, 32)
    own, targets = student(pictures), teacher(pictures)
    features, grams = [], []
    for name, projection in student.projections.items():
        projected = torch.einsum("ts,bshw->bthw", projection, own[name])
        variance = (targets[name] - targets[name].mean((0, 2, 3), keepdim=True)).square().mean()
        features.append(((projected - targets[name]).square().mean() / variance).sqrt())
        wide, wanted = gram_matrix(projected), gram_matrix(targets[name])
        grams.append(((wide - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))).mean().sqrt())
    found = imitation_losses(student, own, targets)
    torch.testing.assert_close(found, (torch.stack(features).mean(), torch.stack(grams).mean()), rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_a_student_begins_nearer_to_its_teacher_than_one_of_noise(teacher):
    pictures = torch.rand(6, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    targets = teacher(pictures)
    torch.manual_seed(1)
    begun, stranger = (Student({name: layer.shape[1] for name, layer in targets.items()}) for _ in range(2))
    begun.begin(teacher, pictures)
    for name, activation in stranger(pictures).items():
        pair = (layer.permute(0, 2, 3, 1).flatten(0, 2) for layer in (activation, targets[name]))
        stranger.projections[name].copy_(least_squares(*pair))
    distances = [imitation_losses(one, one(pictures), targets)[0] for one in (begun, stranger)]
    assert distances[0] < distances[1]


def test_a_student_sees_as_the_finished_extractor_will(student):
    picture = torch.rand(1, 3, 32, 32)
    expected = student(picture)
    found = Extractor(student.network).activations(picture)
    assert all(torch.equal(found[name], expected[name]) for name in LAYERS)
