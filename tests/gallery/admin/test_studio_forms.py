import pytest
from django.urls import reverse

from gallery.admin.studio.forms import TrainingForm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (["Waves", "Waves", "Waves"], ["waves", "waves-2", "waves-3"]),
        (["Waves 3", "Waves", "Waves"], ["waves-3", "waves", "waves-2"]),
        (["Waves", "Waves 2", "Waves"], ["waves", "waves-2", "waves-3"]),
        (["波", "波"], ["style", "style-2"]),
    ],
)
def test_each_picture_gives_its_style_a_name_of_its_own(trainer, make_painting, titles, names):
    pictures = [make_painting(trainer, (number, 0, 0)) for number in range(len(titles))]
    for picture, title in zip(pictures, titles, strict=True):
        picture.title = title
    form = TrainingForm(user=trainer)
    form.cleaned_data = {"pictures": pictures, "together": False}
    assert form.styles() == {name: [picture] for name, picture in zip(names, pictures, strict=True)}


def test_what_is_wrong_with_a_choice_is_read_out_with_it(client, trainer):
    client.force_login(trainer)
    page = client.post(reverse("studio:new"), {"preset": "other", "pictures": ["none"]}).text
    assert "<title>Error: New training" in page
    for field in ("preset", "pictures"):
        assert f'aria-describedby="id_{field}_error" aria-invalid="true"' in page
        assert f'id="id_{field}_error"' in page
