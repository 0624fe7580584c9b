"""Which versions the requirements let in."""

from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def versions_of(name: str):
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    required = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return next(found.specifier for found in required if found.name == name)


def test_no_allauth_is_taken_that_believes_any_visitor_about_the_address_they_come_from():
    """Before 65.14.2 ALLAUTH_TRUSTED_PROXY_COUNT was no setting, and X-Forwarded-For always believed."""
    assert "65.14.1" not in versions_of("django-allauth")
    assert "65.14.3" in versions_of("django-allauth")
