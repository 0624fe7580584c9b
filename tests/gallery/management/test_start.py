import pytest
from django.core.management import CommandError, call_command

from tests.processes import free_port


def test_https_without_a_proxy_is_refused_for_every_page_would_redirect_to_itself(settings):
    settings.PUBLIC_URL, settings.SECURE_SSL_REDIRECT = "https://gallery.example.org", True
    with pytest.raises(CommandError, match="set BEHIND_PROXY=1"):
        call_command("start", bind=f"127.0.0.1:{free_port()}")
