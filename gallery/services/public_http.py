"""Posting to addresses that people name: never to this machine or its neighbours, and never for long."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

EXCHANGE_SECONDS = 10
CONNECT_SECONDS = 3
LOOK_UP_SECONDS = 5
# IPv6 addresses behind which a translator reaches the IPv4 address that their last 32 bits are (RFC 6052).
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotPublic(Exception):
    """The address leads to no public machine; the message is a sentence."""


@dataclass(frozen=True)
class Destination:
    """Where an address leads: `addresses` are the host's IP addresses in the order in which to try them.

    Who connects must connect to one of these: asked again, a name may lead elsewhere.
    """

    secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def destination(url: str) -> Destination:
    """Look up where an address leads.

    Raises `NotPublic` where that is no https address of a public machine, any of the host's addresses is private, or
    its name is not found within LOOK_UP_SECONDS. With WEBHOOKS_TO_PRIVATE_ADDRESSES every machine will do, and plain
    http.
    """
    anywhere = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES
    try:
        parts = urlsplit(url)
        secure, port = parts.scheme == "https", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise NotPublic(f"This is no address of the web: {error}.") from error
    if not (secure or (anywhere and parts.scheme == "http")) or not parts.hostname or "@" in parts.netloc:
        raise NotPublic("Give an address that begins with https://, without a name or password in it.")
    try:
        found = _look_up(parts.hostname, port)
    except TimeoutError as error:
        raise NotPublic(f"Nobody could say within {LOOK_UP_SECONDS} seconds where {parts.hostname} is.") from error
    except (OSError, UnicodeError):
        found = []
    addresses = tuple(dict.fromkeys(info[4][0] for info in found))
    # One sentence for what is not found and what is private, or anybody could ask which names this network has.
    if not addresses or not (anywhere or all(map(_is_public, addresses))):
        raise NotPublic(f"There is no {'' if anywhere else 'public '}machine called {parts.hostname}.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(secure, parts.hostname, port, path, addresses)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post to a public address, following no redirects; gives the status.

    Raises `NotPublic`, and `OSError` where no proper answer has come within EXCHANGE_SECONDS.
    """
    target = destination(url)
    deadline = time.monotonic() + EXCHANGE_SECONDS
    with _connected(target, deadline) as plain, _ended_at(deadline, plain):
        try:
            return _exchange(target, plain, body, headers)
        except http.client.HTTPException as error:
            raise OSError(f"No proper answer: {error!r}") from error


def _look_up(host: str, port: int) -> list[tuple]:
    """What `getaddrinfo` finds, or `TimeoutError`: a resolver takes no limit, and may be silent for minutes."""
    found: Future[list[tuple]] = Future()

    def ask():
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.set_exception(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    return found.result(LOOK_UP_SECONDS)


def _connected(target: Destination, deadline: float) -> socket.socket:
    failure = OSError(f"{target.host} has no address.")
    for address in target.addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            connected = socket.create_connection((address, target.port), timeout=min(left, CONNECT_SECONDS))
        except OSError as error:
            failure = error
        else:
            connected.settimeout(EXCHANGE_SECONDS)
            return connected
    raise failure


@contextlib.contextmanager
def _ended_at(deadline: float, connected: socket.socket) -> Iterator[None]:
    """Shuts the connection down when its time is over, and raises `TimeoutError` then.

    A timeout of the socket would not do, for it begins anew with every byte.
    """
    # TLS takes the socket itself over.
    own, over = connected.dup(), threading.Event()

    def shut_down():
        over.set()
        with contextlib.suppress(OSError):
            own.shutdown(socket.SHUT_RDWR)

    timer, failure = threading.Timer(deadline - time.monotonic(), shut_down), None
    timer.start()
    try:
        yield
    except OSError as error:
        failure = error
    finally:
        timer.cancel()
        timer.join()
        own.close()
    # Even where there was no failure: an answer that was cut short looks like one that ended. The socket's own time may
    # be over a moment before.
    if over.is_set() or isinstance(failure, TimeoutError):
        raise TimeoutError(f"No answer within {EXCHANGE_SECONDS} seconds.") from failure
    if failure:
        raise failure


def _exchange(target: Destination, plain: socket.socket, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        context = ssl.create_default_context() if target.secure else None
        connection.sock = context.wrap_socket(plain, server_hostname=target.host) if context else plain
        connection.request("POST", target.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _is_public(address: str) -> bool:
    """Whether anybody may be sent there; an IPv6 address that stands for an IPv4 one is judged by that."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.version == 6:
        translated = ipaddress.IPv4Address(int(parsed) % 2**32) if parsed in NAT64 else None
        parsed = parsed.ipv4_mapped or parsed.sixtofour or translated or parsed
    elsewhere = parsed.is_multicast or parsed.is_reserved or getattr(parsed, "is_site_local", False)
    return parsed.is_global and not elsewhere
