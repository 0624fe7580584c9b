import copy
from dataclasses import replace

import pytest
import torch

from stylize_engine.agreement import PYRAMID_LEVELS, agreement_losses, teachers_verdict
from stylize_engine.extractors import Extractor
from stylize_engine.images import pyramid
from stylize_engine.iterates import Iterate
from stylize_engine.losses import content_loss, gram_matrix, style_loss
from stylize_engine.slim import LAYERS, Student
from stylize_engine.topologies import slim_widths


@pytest.fixture
def twins():
    """A student, and a teacher that sees exactly what the student sees."""
    torch.manual_seed(0)
    student = Student(slim_widths())
    for module in student.network.features.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    for name, width in slim_widths().items():
        student.projections[name].data = torch.eye(width)
    student.bake_readouts()
    return student, Extractor(copy.deepcopy(student.network))


@pytest.fixture
def iterate():
    picture, photo, painting = torch.rand(3, 1, 3, 48, 48, generator=torch.Generator().manual_seed(1))
    return Iterate(picture, photo, painting, style_weight=50.0)


def losses(student, teacher, iterate):
    iterate = replace(iterate, picture=iterate.picture.detach().requires_grad_())
    verdict = teachers_verdict(teacher, iterate)
    activations = [student(level) for level in pyramid(iterate.picture, PYRAMID_LEVELS)]
    return agreement_losses(student, activations, iterate, verdict)


def test_the_teachers_gradient_is_that_of_a_search(twins, iterate):
    _, teacher = twins
    found = teachers_verdict(teacher, iterate)
    assert not iterate.picture.requires_grad, "what it is given stays as it is"
    picture = iterate.picture.detach().requires_grad_()
    sizes = (pyramid(one, PYRAMID_LEVELS) for one in (picture, iterate.painting))
    levels, targets = ([teacher(level) for level in row] for row in sizes)
    grams, wanted = ([gram_matrix(level[name]) for level in row for name in LAYERS] for row in (levels, targets))
    loss = 50 * style_loss(grams, wanted) + content_loss(levels[0]["relu3_2"], teacher(iterate.photo)["relu3_2"])
    torch.testing.assert_close(found.gradient, torch.autograd.grad(loss, picture)[0])


def test_a_student_that_sees_what_its_teacher_sees_agrees(twins, iterate):
    assert [loss.item() for loss in losses(*twins, iterate)] == pytest.approx([1e-3, 1e-3], abs=2e-3)


def test_a_blind_student_is_as_far_off_as_it_can_be(twins, iterate):
    student, teacher = twins
    for projection in student.projections.values():
        projection.data.zero_()
    assert [loss.item() for loss in losses(student, teacher, iterate)] == pytest.approx([1, 1], abs=0.05)


def test_a_student_learns_from_the_gradient(twins, iterate):
    student, teacher = twins
    with torch.no_grad():
        for parameter in student.network.features.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    optimizer = torch.optim.Adam(student.network.features.parameters(), lr=1e-3)
    slopes = []
    for _ in range(8):
        slope = losses(student, teacher, iterate)[1]
        optimizer.zero_grad()
        slope.backward()
        optimizer.step()
        slopes.append(slope.item())
    assert slopes[-1] < 0.9 * slopes[0]
