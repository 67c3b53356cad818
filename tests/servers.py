"""The servers that tests share: one PostgreSQL for all workers, one Kafka for each worker. They start when a test first
asks for them.

They belong to the process that was started as `pytest`, which ends after its workers. Tests ask for one over a local
socket.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Mapping
from multiprocessing.connection import Client, Listener
from pathlib import Path

import psutil

from devstack import backends
from devstack.backends import DatabaseServer, KafkaServer, database_server, kafka_server

DESK = "MICROCRED_TEST_DESK"
MEMORY = Path("/dev/shm")
ENOUGH = 2 * 1024**3
"""Bytes that have to be free in memory before the servers' data goes there, which takes a small part of it."""


class Desk:
    """Starts servers for whoever asks, one request after the other, and ends them all when it closes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        # Not below pytest's tmp_path: PostgreSQL under root runs as another account, which has to reach this.
        self._folder = Path(tempfile.mkdtemp(prefix=f"microcred-tests-{os.getpid()}-", dir=_in_memory()))
        self._folder.chmod(0o755)
        self._databases: dict[str, DatabaseServer] = {}
        self._brokers: dict[str, KafkaServer] = {}
        self._key = secrets.token_hex(16)
        self._listener = Listener(("127.0.0.1", 0), authkey=self._key.encode())
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What `ask` needs to find this desk; handed to the workers in the environment."""
        return f"{self._listener.address[1]} {self._key}"

    def close(self) -> None:
        """Ends every server and removes their data."""
        with contextlib.suppress(OSError, EOFError):
            ask(self.address, "close")
        self._thread.join()
        self._listener.close()
        for server in [*self._brokers.values(), *self._databases.values()]:
            server.stop()
        backends.clear(self._environ)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            try:
                with self._listener.accept() as connection:
                    wanted = connection.recv()
                    if wanted == "close":
                        connection.send(("closed", ""))
                        return
                    try:
                        connection.send(("address", self._address_of(wanted)))
                    except Exception as error:  # whatever it was, it belongs to the test that asked
                        connection.send(("error", f"{type(error).__name__}: {error}"))
            except (OSError, EOFError):
                continue

    def _address_of(self, wanted: str) -> str:
        kind, _, name = wanted.partition(" ")
        folder = self._folder / wanted.replace(" ", "-")
        if kind == "postgres":
            if wanted not in self._databases:
                database = database_server(self._environ, folder)
                database.start()
                self._databases[wanted] = database
            return self._databases[wanted].admin_dsn
        if kind == "kafka" and name:
            if wanted not in self._brokers:
                broker = kafka_server(self._environ, folder)
                broker.start()
                self._brokers[wanted] = broker
            return self._brokers[wanted].bootstrap
        raise ValueError(f"the desk has no {wanted!r}")


def _in_memory() -> Path | None:
    """A folder in memory, where there is one with room (containers mostly have a very small one).

    Databases come and go by the hundred, each with 350 files: on a disk that costs a third of the CPU time of the
    component tests.
    """
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return None
    for left in MEMORY.glob("microcred-tests-*"):  # by a run that was killed: on a disk that would do no harm
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY if shutil.disk_usage(MEMORY).free >= ENOUGH else None


def ask(address: str, wanted: str) -> str:
    """The address of a server (`postgres`, `kafka <worker>`), started if need be. Raises RuntimeError with what went
    wrong."""
    port, _, key = address.partition(" ")
    with Client(("127.0.0.1", int(port)), authkey=key.encode()) as connection:
        connection.send(wanted)
        kind, answer = connection.recv()
    if kind == "error":
        raise RuntimeError(f"The test server {wanted!r} did not start. {answer}")
    return str(answer)


def ask_here(wanted: str) -> str:
    """`ask` at the desk of this test run."""
    return ask(os.environ[DESK], wanted)
