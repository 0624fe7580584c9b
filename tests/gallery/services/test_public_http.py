import socket
import ssl
import threading

import pytest

from gallery.services import public_http
from gallery.services.public_http import NotPublic, destination, post


@pytest.fixture
def serve(settings):
    """Answer each connection on a port of this machine with those bytes, then repeat the last until nobody listens."""
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    servers, over = [], threading.Event()

    def answer(connection, first: bytes, repeated: bytes):
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(first)
                # Whoever never gives up finds an end here, but not the one that is asked for.
                for _ in range(400):
                    if over.wait(0.05):
                        break
                    connection.sendall(repeated)
            except OSError:
                pass

    def run(server, *words):
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                break
            answer(connection, *words)

    def start(first: bytes = b"", repeated: bytes = b"", host: str = "127.0.0.1") -> int:
        server = socket.create_server((host, 0))
        thread = threading.Thread(target=run, args=(server, first, repeated))
        thread.start()
        servers.append((server, thread))
        return server.getsockname()[1]

    yield start
    over.set()
    for server, thread in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.parametrize(
    ("scheme", "first", "repeated"),
    [
        ("http", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        ("http", b"HTTP/1.1 2", b""),
        ("https", b"\x16\x03\x03\x40\x00", b"\x02"),
    ],
    ids=["continues", "drips", "is silent", "drips before there is TLS"],
)
def test_a_server_that_never_comes_to_an_end_is_left(serve, monkeypatch, scheme, first, repeated):
    monkeypatch.setattr(public_http, "EXCHANGE_SECONDS", 0.2)
    with pytest.raises(TimeoutError, match=r"No answer within 0\.2 seconds"):
        post(f"{scheme}://127.0.0.1:{serve(first, repeated)}/", b"{}", {})


def test_an_answer_that_is_none_of_the_web_is_an_error_at_once(serve):
    other, plain = serve(b"SSH-2.0-server\r\n"), serve(b"HTTP/1.1 400 Bad Request\r\n")
    with pytest.raises(OSError, match="No proper answer"):
        post(f"http://127.0.0.1:{other}/", b"{}", {})
    with pytest.raises(ssl.SSLError):
        post(f"https://127.0.0.1:{plain}/", b"{}", {})


def test_the_addresses_of_a_host_are_tried_in_their_order(serve, monkeypatch):
    port, look_up = serve(b"HTTP/1.1 204 No Content\r\n\r\n", host="127.0.0.2"), socket.getaddrinfo
    hosts = {"hooks.example.org": ["127.0.0.3", "127.0.0.1", "127.0.0.2"]}

    def several(host, *arguments, **options):
        return [found for name in hosts.get(host, [host]) for found in look_up(name, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    assert destination("http://hooks.example.org/").addresses == tuple(hosts["hooks.example.org"])
    assert post(f"http://hooks.example.org:{port}/", b"{}", {}) == 204


def test_a_name_that_nobody_answers_for_is_given_up(monkeypatch):
    asked, over = threading.Event(), threading.Event()

    def silent(*_arguments, **_options):
        asked.set()
        over.wait(60)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    monkeypatch.setattr(public_http, "LOOK_UP_SECONDS", 0.2)
    with pytest.raises(NotPublic, match=r"within 0\.2 seconds where hooks\.example\.org is"):
        destination("https://hooks.example.org/")
    assert asked.is_set()
    over.set()


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "::ffff:10.0.0.1", "::10.0.0.1", "fec0::1", "fe80::1",
        "ff0e::1", "::1",
    ],
)  # fmt: skip
def test_ipv6_addresses_that_lead_to_private_machines_are_not_public(address):
    with pytest.raises(NotPublic, match="There is no public machine called"):
        destination(f"https://[{address}]/")


def test_a_private_name_and_one_that_nobody_has_are_told_in_the_same_words(monkeypatch):
    look_up = socket.getaddrinfo
    names = {"db.internal": "10.0.0.7"}

    def known(host, *arguments, **options):
        if host in names:
            return look_up(names[host], *arguments, **options)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", known)
    for host in ("db.internal", "nobody.internal"):
        with pytest.raises(NotPublic, match=f"^There is no public machine called {host}.$"):
            destination(f"https://{host}/")


@pytest.mark.parametrize("address", ["2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"])
def test_ipv6_addresses_of_public_machines_are_public(address):
    assert destination(f"https://[{address}]:8443/x?y=1").addresses == (address,)
