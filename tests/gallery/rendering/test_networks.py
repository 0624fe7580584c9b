import pytest
from django.utils import timezone

from gallery.models import Worker
from gallery.rendering import networks
from gallery.rendering.process import worker_name

pytestmark = pytest.mark.django_db


def test_a_network_is_read_once_and_the_status_page_learns_of_it(trained, monkeypatch):
    now = timezone.now()
    Worker.objects.create(
        name=worker_name(), host="h", cluster="interactive", pid=1, device="CPU", started_at=now, heartbeat_at=now
    )
    reads = []
    read = networks.load_network
    monkeypatch.setattr(networks, "load_network", lambda path: reads.append(path) or read(path))
    for _ in range(2):
        assert set(networks.network_for(trained).added) == {"dots", "lines"}
    assert len(reads) == 1
    assert "The gallery's own network" in Worker.objects.get().loaded


def test_the_network_used_longest_ago_makes_room(trained, monkeypatch):
    monkeypatch.setattr(networks, "MAX_LOADED", 1)
    networks.network_for(trained)
    first = trained[0].network.file.path
    copy = trained[0].network
    copy.file.save("networks/other.safetensors", copy.file.open("rb"), save=False)
    networks.network_for([trained[0]])
    assert first not in networks._loaded
