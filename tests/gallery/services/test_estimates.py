import uuid

import pytest

from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import Worker
from gallery.services import jobs, workers
from gallery.services.experiments import retry_experiment
from gallery.services.requests import retry_artwork

pytestmark = pytest.mark.django_db


@pytest.fixture
def slow_worker(db):
    told = {"host": "h", "cluster": "optimize", "pid": 1, "device": "CPU", "memory_bytes": 1, "extractors": []}
    workers.register_worker("w", **told)
    return lambda: Worker.objects.update(speeds={"slim": 1e-9})


def test_what_would_take_longer_than_its_queue_allows_is_refused(ada, make_artwork, make_experiment, slow_worker):
    artwork, experiment = make_artwork(ada), make_experiment(ada)
    jobs.cancel_job(artwork.latest_job)
    jobs.cancel_job(experiment.latest_job)
    slow_worker()
    for ask in (make_artwork, make_experiment):
        with pytest.raises(InvalidRequest, match="hours, and this gallery allows 4;"):
            ask(ada, request_id=uuid.uuid4())
    for retry, record in [(retry_artwork, artwork), (retry_experiment, experiment)]:
        with pytest.raises(Conflict, match="hours, and this gallery allows 4"):
            retry(record)


def test_an_artwork_is_not_painted_again_without_the_weights_of_its_extractor(ada, make_artwork):
    artwork = make_artwork(ada)
    jobs.cancel_job(artwork.latest_job)
    artwork.parameters |= {"extractor": "vgg19"}
    artwork.save()
    with pytest.raises(Conflict, match="No worker has the weights of vgg19"):
        retry_artwork(artwork)
