"""Where tests get a Kafka and a PostgreSQL from. `MICROCRED_BACKEND` chooses: `embedded` (the default) or
`containers`."""

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


class BackendRefused(Exception):
    """The backend that was chosen cannot be used; the message says why and what to do."""


def check(environ: Mapping[str, str]) -> None:
    """Raises BackendRefused for an unknown backend, and for containers where no engine answers. Removes what a killed
    run left behind."""
    if _in_containers(environ):
        from devstack import containers

        try:
            containers.check_engine()
        except containers.EngineAway as error:
            raise BackendRefused(str(error)) from None
        containers.sweep()


def clear(environ: Mapping[str, str]) -> None:
    """Removes the containers that this process and its children made; embedded servers end by themselves."""
    if _in_containers(environ):
        from devstack import containers

        containers.sweep()


def database_server(environ: Mapping[str, str], folder: Path) -> DatabaseServer:
    """A PostgreSQL, not started. Embedded: with its data in the folder, which root must have made reachable by all (not
    pytest's `tmp_path`)."""
    if _in_containers(environ):
        from devstack import containers  # the engine's client is loaded only where it is wanted

        return containers.Database(environ)
    return postgres.Server(folder)


def kafka_server(environ: Mapping[str, str], folder: Path) -> KafkaServer:
    """A Kafka, not started, without topics. Embedded: with its data in the folder."""
    if _in_containers(environ):
        from devstack import containers

        return containers.Kafka(environ)
    return kafka.Broker(folder)


def _in_containers(environ: Mapping[str, str]) -> bool:
    wanted = environ.get("MICROCRED_BACKEND") or "embedded"
    if wanted not in ("embedded", "containers"):
        raise BackendRefused(f"MICROCRED_BACKEND is {wanted!r}; it can be: embedded, containers")
    return wanted == "containers"
