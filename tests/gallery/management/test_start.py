import pytest
from django.core.management import CommandError, call_command

from tests.processes import free_port


def test_https_without_a_proxy_is_refused_for_every_page_would_redirect_to_itself(settings):
    settings.PUBLIC_URL, settings.SECURE_SSL_REDIRECT = "https://gallery.example.org", True
    with pytest.raises(CommandError, match="set BEHIND_PROXY=1"):
        call_command("start", bind=f"127.0.0.1:{free_port()}")


def test_an_address_for_everybody_is_refused_in_the_words_of_the_check_where_no_public_one_is_given(monkeypatch):
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    with pytest.raises(CommandError, match=r"gallery\.E006\) PUBLIC_URL is plain http on a public name"):
        call_command("start", bind=f"0.0.0.0:{free_port()}")


@pytest.mark.django_db
def test_a_name_that_somebody_else_has_is_not_given_to_the_first_administrator(make_user, settings, tmp_path):
    make_user("admin")
    settings.STATIC_ROOT = tmp_path / "static"
    with pytest.raises(CommandError, match=r"“admin” is the name of somebody .* another with ADMIN_USERNAME"):
        call_command("start", bind=f"127.0.0.1:{free_port()}")
