"""The address where `docker compose up` started the system, found by asking the gateway's port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from devstack import compose
from devstack.ports import free_port
from devstack.walk import WalkFailed, World

GATEWAY = "microcred"


@contextmanager
def answering(named: str) -> Iterator[str]:
    """A server on a free port that calls itself this and has nothing; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(404)
            self.send_header("Server", named)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield str(server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_all_services_have_the_gateways_origin() -> None:
    with answering(GATEWAY) as port:
        found = compose.addresses({"MICROCRED_GATEWAY_PORT": port, "MICROCRED_STRIPE_PORT": "5"})
    services = dict.fromkeys(
        ("web", "intake", "payments", "review", "badging", "notify", "ops"), f"http://127.0.0.1:{port}"
    )
    assert found == {**services, "mailbox": "http://127.0.0.1:8025", "stripe": "http://127.0.0.1:5"}


@pytest.mark.parametrize("named", ["Caddy", "microcred/2", ""])
def test_another_server_on_that_port_is_not_taken_for_it(named: str) -> None:
    with answering(named) as port:
        assert compose.addresses({"MICROCRED_GATEWAY_PORT": port}) == {}


def test_a_walk_goes_to_the_containers_when_nothing_else_runs_here(tmp_path: Path) -> None:
    with answering(GATEWAY) as port:
        world = World.of_this_checkout({"MICROCRED_STATE": str(tmp_path), "MICROCRED_GATEWAY_PORT": port})
    assert world.addresses["badging"] == f"http://127.0.0.1:{port}"


def test_where_nothing_runs_it_is_said_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(WalkFailed, match="In containers: `docker compose up --wait`"):
        World.of_this_checkout({"MICROCRED_STATE": str(tmp_path), "MICROCRED_GATEWAY_PORT": str(free_port())})
