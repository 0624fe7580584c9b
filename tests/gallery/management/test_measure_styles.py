import pytest
from django.core.management import CommandError, call_command

from gallery.models import StyleModel, StyleNetwork

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_unmeasured(ada, trained):
    """A style that was learnt while there were no example photos."""

    def make(slug, **fields):
        fields = {"network": trained[0].network, "gate": {"network_bytes": 1, "samples": False}} | fields
        return StyleModel.objects.create(
            owner=ada, row=trained[0].row, slug=slug, title="Waves", state="offered", **fields
        )

    return make


def test_a_style_without_measures_gets_them_and_its_samples_once_unless_it_is_named(
    ada, make_unmeasured, make_painting, example_photo, media_root, capsys, django_capture_on_commit_callbacks
):
    style = make_unmeasured("waves")
    style.pictures.add(make_painting(ada))
    call_command("measure_styles")
    style.refresh_from_db()
    assert style.gate["samples"]
    assert style.gate["style_score"] > 0
    assert style.gate["network_bytes"] == style.network.file.size
    earlier = [media_root / file.name for file in (style.cover, style.strip)]
    assert all(path.exists() for path in earlier)
    assert capsys.readouterr().out.startswith("waves: ")
    call_command("measure_styles")
    assert capsys.readouterr().out == ""
    with django_capture_on_commit_callbacks(execute=True):
        call_command("measure_styles", "waves")
    style.refresh_from_db()
    assert not any(path.exists() for path in earlier)
    assert (media_root / style.cover.name).exists()


def test_what_a_training_taught_is_measured_against_the_paintings_of_that_style(
    trainer, make_training, make_painting, make_unmeasured
):
    taught = {"waves": [make_painting(trainer)], "tides": [make_painting(trainer, "red")]}
    style = make_unmeasured("any", training_run=make_training(trainer, styles=taught))
    style.pictures.set(taught["waves"])
    call_command("measure_styles")
    style.refresh_from_db()
    assert style.gate["style_score"] > 0


def test_a_style_that_cannot_be_measured_keeps_no_other_from_it(make_unmeasured, example_photo):
    make_unmeasured("lost", network=StyleNetwork.objects.create(title="Lost", sha256="0" * 64, file="networks/lost"))
    brought = make_unmeasured("waves")
    with pytest.raises(CommandError, match="1 of the styles could not be measured"):
        call_command("measure_styles")
    brought.refresh_from_db()
    assert brought.gate["style_score"] is None
    assert brought.gate["content_score"] > 0


def test_what_cannot_be_done_is_refused_in_a_sentence(make_unmeasured, example_photo):
    make_unmeasured("waves")
    with pytest.raises(CommandError, match="called 'tides'"):
        call_command("measure_styles", "waves", "tides")
    example_photo.delete()
    with pytest.raises(CommandError, match=r"run manage\.py load_examples first"):
        call_command("measure_styles")
