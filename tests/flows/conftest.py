"""A real cluster of workers on the test database, with the real engine."""

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests.processes import Process

LEASE_SECONDS = 6
LESSON_STEPS = 40


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    return f"postgres://{user}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"


@pytest.fixture(scope="session")
def flow_media(tmp_path_factory):
    return tmp_path_factory.mktemp("flow-media")


@pytest.fixture(autouse=True)
def media_root(settings, flow_media):
    """One media folder for all flows: the cluster, which outlives a test, writes into it."""
    settings.MEDIA_ROOT = flow_media
    settings.JOB_LEASE_SECONDS = LEASE_SECONDS
    return flow_media


@pytest.fixture(scope="session")
def start_cluster(django_db_setup, django_db_blocker, flow_media, tmp_path_factory):
    with django_db_blocker.unblock():
        url = database_url()

    def start(name: str) -> Process:
        return Process(
            "qcluster",
            log=tmp_path_factory.mktemp("cluster") / "log",
            Q_CLUSTER_NAME=name,
            DATABASE_URL=url,
            REDIS_URL=django_settings.REDIS_URL,
            SECRET_KEY=django_settings.SECRET_KEY,
            DATA_DIR=str(django_settings.DATA_DIR),
            MEDIA_ROOT=str(flow_media),
            JOB_LEASE_SECONDS=str(LEASE_SECONDS),
            LESSON_STEPS=str(LESSON_STEPS),
            LESSON_BATCH_SIZE="1",
        )

    return start


@pytest.fixture(scope="module")
def cluster(start_cluster):
    """The workers of the optimize queue; they end with the module, or they would take other tests' jobs."""
    process = start_cluster("optimize")
    yield process
    process.kill_group()


@pytest.fixture(scope="module")
def training_cluster(start_cluster):
    """The workers of the training queue."""
    process = start_cluster("training")
    yield process
    process.kill_group()
