"""Kafka and PostgreSQL for tests. `MICROCRED_BACKEND` chooses them: `embedded` (the default) or `containers`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from devstack import kafka, postgres


class DatabaseServer(Protocol):
    """A PostgreSQL of ours to start, stop and kill. Only the removal of its folder deletes its data."""

    @property
    def admin_dsn(self) -> str:
        """Address of the database `postgres`, as the administrator."""

    def start(self, timeout: float = ...) -> None:
        """Start it; returns when it accepts connections."""

    def stop(self, timeout: float = ...) -> None:
        """Stop it in order."""

    def kill(self) -> None:
        """End it as `kill -9` does."""


class KafkaServer(Protocol):
    """A Kafka of ours to start, stop, kill and pause."""

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; the same after a restart."""

    def start(self, timeout: float = ...) -> None:
        """Start it; returns when it answers an admin call."""

    def stop(self, timeout: float = ...) -> None:
        """Stop it in order."""

    def kill(self) -> None:
        """End it as `kill -9` does."""

    def pause(self) -> None:
        """Pause it: connections stay open and nothing answers."""

    def resume(self) -> None:
        """End a pause."""


class BackendRefused(Exception):
    """The chosen backend cannot be used. The message says why and what to do."""


def check(environ: Mapping[str, str]) -> None:
    """Raises BackendRefused for an unknown backend, and for containers if no engine answers. Removes containers that a
    killed test run left."""
    if _in_containers(environ):
        from devstack import containers

        try:
            containers.check_engine()
        except containers.EngineAway as error:
            raise BackendRefused(str(error)) from None
        containers.sweep()


def clear(environ: Mapping[str, str]) -> None:
    """Remove the containers that this process and its children made. Embedded servers end by themselves."""
    if _in_containers(environ):
        from devstack import containers

        containers.sweep()


def database_server(environ: Mapping[str, str], folder: Path) -> DatabaseServer:
    """A PostgreSQL, not started. If embedded, its data is in the folder. Run by root, the folder must be reachable by
    all accounts (not pytest's `tmp_path`)."""
    if _in_containers(environ):
        from devstack import containers  # the engine's client is loaded only if it is used

        return containers.Database(environ)
    return postgres.Server(folder)


def kafka_server(environ: Mapping[str, str], folder: Path) -> KafkaServer:
    """A Kafka, not started, without topics. If embedded, its data is in the folder."""
    if _in_containers(environ):
        from devstack import containers

        return containers.Kafka(environ)
    return kafka.Broker(folder)


def _in_containers(environ: Mapping[str, str]) -> bool:
    wanted = environ.get("MICROCRED_BACKEND") or "embedded"
    if wanted not in ("embedded", "containers"):
        raise BackendRefused(f"MICROCRED_BACKEND is {wanted!r}; it can be: embedded, containers")
    return wanted == "containers"
