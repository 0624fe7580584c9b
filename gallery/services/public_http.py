"""Posting to addresses that people name: never to this machine or its neighbours."""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 10


class NotPublic(Exception):
    """The address leads to no public machine; the message is a sentence."""


def public_address(host: str, port: int) -> str:
    """The IP address of a host. Raises `NotPublic` where any of its addresses is private, or there is none.

    Who connects must connect to just this one: asked again, a name may lead elsewhere.
    """
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NotPublic(f"There is no machine called {host}.") from error
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        for address in found:
            if not _is_public(address):
                raise NotPublic(f"{host} is no public address.")
    return sorted(found)[0]


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post to a public address, following no redirects; gives the status. Raises `NotPublic` and `OSError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise NotPublic("Give an address that begins with https://, without a name or password in it.")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = public_address(parts.hostname, port)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=TIMEOUT_SECONDS)
    plain = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
    try:
        context = ssl.create_default_context() if secure else None
        connection.sock = context.wrap_socket(plain, server_hostname=parts.hostname) if context else plain
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(f"No proper answer: {error!r}") from error
    finally:
        connection.close()
        plain.close()


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return parsed.is_global and not parsed.is_multicast and (inner is None or inner.is_global)
