import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from gallery.models import StyleModel
from gallery.services.teaching import teach_style
from tests.conftest import PASSED_GATE


@pytest.fixture
def lesson(ada, trained, example_photo, make_painting):
    return teach_style(ada, [make_painting(ada)], "My waves")


@pytest.fixture
def offered(ada, trained):
    """Makes styles that have passed the gate and wait for an administrator."""

    def make(**fields):
        fields = {"state": "offered", "gate": PASSED_GATE, "title": "Waves"} | fields
        source = trained[0]
        number = StyleModel.objects.count()
        return StyleModel.objects.create(
            network=source.network, owner=ada, row=source.row, slug=f"waves-{number}", **fields
        )

    return make


@pytest.fixture
def listener(settings):
    """A program that listens on this machine; `answers` are what it says, in order, the last one for ever. On the path
    /waits it answers once it has heard something on another one."""
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    received, answers, heard = [], [204], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), body))
            if self.path == "/waits" and not heard.wait(20):
                answers[:] = [500]
            heard.set()
            self.send_response(answers[0] if len(answers) == 1 else answers.pop(0))
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.received, server.answers = received, answers
    server.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def after_an_update(db):
    """Has something done once, right after the first UPDATE of a job."""

    @contextmanager
    def after_an_update(action):
        left = [action]

        def execute(forward, sql, parameters, many, context):
            answer = forward(sql, parameters, many, context)
            if left and sql.startswith('UPDATE "gallery_job"'):
                left.pop()()
            return answer

        with connection.execute_wrapper(execute):
            yield
        assert not left

    return after_an_update
