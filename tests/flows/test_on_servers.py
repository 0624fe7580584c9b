"""The same flows on PostgreSQL, with Redis as the doorbell; skipped, with the reason, where a server is away."""

import os
import subprocess
import sys

import psycopg
import pytest
import redis

from tests.processes import ROOT

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/gallery")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


@pytest.fixture
def servers():
    """Both servers answer; with REQUIRE_SERVERS set, a server that is away is a failure."""
    try:
        psycopg.connect(f"{POSTGRES_URL.rpartition('/')[0]}/postgres", connect_timeout=3).close()
        redis.from_url(REDIS_URL, socket_connect_timeout=3).ping()
    except (psycopg.OperationalError, redis.exceptions.RedisError) as error:
        if os.environ.get("REQUIRE_SERVERS"):
            raise
        pytest.skip(f"PostgreSQL or Redis is away: {error}")


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("tests", ["tests/gallery/models tests/gallery/services", "tests/flows/test_painting.py"])
def test_the_gallery_works_on_postgresql_and_redis(tests):
    environment = {**os.environ, "DATABASE_URL": POSTGRES_URL, "REDIS_URL": REDIS_URL}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "--create-db", "-p", "no:cacheprovider", *tests.split()],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout[-5000:]
    assert " passed" in run.stdout
