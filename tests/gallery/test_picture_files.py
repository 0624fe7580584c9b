import pytest
from django.urls import reverse

from gallery.models import TrainingRun

pytestmark = pytest.mark.django_db
MISSING = {
    "type": "not_found", "message": "The file is missing on the gallery's disk; tell an administrator.", "fields": {},
}  # fmt: skip


def test_a_network_whose_file_is_missing_is_not_found(client, trainer, trained, media_root):
    network = trained[0].network
    (media_root / network.file.name).unlink()
    client.force_login(trainer)
    assert client.get(reverse("admin_network", args=[network.pk])).status_code == 404
    answer = client.get(f"/api/v1/networks/{network.pk}/file/")
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_a_sheet_whose_file_is_missing_is_not_found(client, trainer, make_training):
    run = make_training(trainer)
    TrainingRun.objects.update(sheet="samples/none.jpg")
    client.force_login(trainer)
    assert client.get(reverse("studio:sheet", args=[run.pk])).status_code == 404
    answer = client.get(f"/api/v1/trainings/{run.pk}/sheet/")
    assert (answer.status_code, answer.json()) == (404, MISSING)
