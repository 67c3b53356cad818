"""Where tests and benchmarks get a Kafka and a PostgreSQL from. `MICROCRED_BACKEND` chooses; `embedded` is the only one so far."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from devstack import kafka, postgres


class DatabaseServer(Protocol):
    """A PostgreSQL of ours to start, stop and kill. Its data outlives all but the removal of its folder."""

    @property
    def admin_dsn(self) -> str:
        """Address of the database `postgres`, as the administrator."""

    def start(self, timeout: float = ...) -> None:
        """Returns when it takes connections."""

    def stop(self, timeout: float = ...) -> None:
        """Ends it in order."""

    def kill(self) -> None:
        """Ends it as `kill -9` does."""


class KafkaServer(Protocol):
    """A Kafka of ours to start, stop, kill and pause."""

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; the same after a restart."""

    def start(self, timeout: float = ...) -> None:
        """Returns when it answers an admin call."""

    def stop(self, timeout: float = ...) -> None:
        """Ends it in order."""

    def kill(self) -> None:
        """Ends it as `kill -9` does."""

    def pause(self) -> None:
        """Connections stay open and nothing answers."""

    def resume(self) -> None:
        """The end of a pause."""


def database_server(environ: Mapping[str, str], folder: Path) -> DatabaseServer:
    """A PostgreSQL with its data in the folder, not started. As root the folder must be reachable by all: not below pytest's `tmp_path`."""
    _embedded_only(environ)
    return postgres.Server(folder)


def kafka_server(environ: Mapping[str, str], folder: Path) -> KafkaServer:
    """A Kafka with its data in the folder, not started, without topics."""
    _embedded_only(environ)
    return kafka.Broker(folder)


def _embedded_only(environ: Mapping[str, str]) -> None:
    wanted = environ.get("MICROCRED_BACKEND", "embedded")
    if wanted != "embedded":
        raise ValueError(f"MICROCRED_BACKEND is {wanted!r}; known: embedded")
