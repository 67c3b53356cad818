"""PostgreSQL and Kafka in containers for tests (`MICROCRED_BACKEND=containers`), made by `testcontainers` with the
settings of the embedded ones.

The images are those of docker-compose.yml. Ports are published on 127.0.0.1 and stay the same over a restart. Each
container has the id of the process that made it as a label, so the next run removes the containers of a killed one
(`sweep`) and no helper image is needed.
"""

import contextlib
import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, cast

import docker  # type: ignore[import-untyped]
import docker.errors  # type: ignore[import-untyped]
import psutil  # type: ignore[import-untyped]
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from devstack import kafka, kafka_folder, postgres
from devstack.child import ServerFailed
from devstack.ports import LOOPBACK, free_ports

OWNER = "org.microcred.tests.process"
POSTGRES_IMAGE = "postgres:17"
KAFKA_IMAGE = "apache/kafka:4.1.0"


class EngineAway(Exception):
    """No container engine answers. The message says at which address, and what to do."""


def check_engine() -> None:
    """Pull missing images. Raises EngineAway if no engine answers, or an image is missing and cannot be pulled."""
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except (docker.errors.DockerException, OSError) as error:
        where = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        raise EngineAway(
            "MICROCRED_BACKEND=containers needs a container engine, and none"
            f" answers at {where} ({_first_line(error)})."
            " Start Docker (or set DOCKER_HOST), or unset MICROCRED_BACKEND:"
            " then Kafka and PostgreSQL are embedded."
        ) from None
    with contextlib.closing(client):
        for name in (
            _image(os.environ, "POSTGRES_IMAGE", POSTGRES_IMAGE),
            _image(os.environ, "KAFKA_IMAGE", KAFKA_IMAGE),
        ):
            try:
                client.images.get(name)
            except docker.errors.ImageNotFound:
                try:
                    client.images.pull(name)
                except docker.errors.DockerException as error:
                    raise EngineAway(
                        f"The image {name} is not here and cannot be pulled"
                        f" ({_first_line(error)}). Get it, and try again."
                    ) from None


def sweep() -> None:
    """Remove the containers of this process, and those of test runs that ended without removing theirs."""
    with contextlib.closing(docker.from_env()) as client:
        for container in client.containers.list(all=True, filters={"label": OWNER}):
            owner = int(container.labels[OWNER])
            if owner == os.getpid() or not psutil.pid_exists(owner):
                with contextlib.suppress(docker.errors.NotFound):
                    container.remove(force=True, v=True)


class _Server(ABC):
    """A container that is made once. It may be started, stopped and killed any number of times and keeps its data."""

    def __init__(
        self,
        name: str,
        image: str,
        port: int,
        environ: Mapping[str, str],
        command: list[str] | None = None,
        inside: int = 0,
    ) -> None:
        testcontainers_config.ryuk_disabled = True
        self._name = name
        labels = {OWNER: str(os.getpid())}
        self._made = (
            DockerContainer(image, env=dict(environ))
            .with_kwargs(labels=labels, shm_size="256m")
            .with_command(command or [])
        )
        # The library passes this on to the engine's client, which also takes an address. Without one, the port would be
        # # open to the network.
        cast(Any, self._made.ports)[f"{inside or port}/tcp"] = (LOOPBACK, port)
        self._container: Any = None

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it can be used."""

    def start(self, timeout: float = 60) -> None:
        """Start it; returns when it can be used. Raises ServerFailed with the end of its log."""
        if self._container is None:
            self._container = self._made.start().get_wrapped_container()
        else:
            self._container.start()
        end = time.monotonic() + timeout
        while not self.is_ready():
            self._container.reload()
            if self._container.status not in ("created", "running") or time.monotonic() > end:
                said = self._container.logs(tail=15).decode(errors="replace")
                raise ServerFailed(
                    f"{self._name} ({self._made.image}) is {self._container.status} and not"
                    f" ready. The end of its log:\n{said}"
                )
            time.sleep(0.2)

    def stop(self, timeout: float = 20) -> None:
        """Stop it in order."""
        if self._container is not None:
            self._container.stop(timeout=int(timeout))

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._container is not None:
            self._container.kill()
            self._container.wait()

    def pause(self) -> None:
        """Pause it: connections stay open and nothing answers."""
        self._container.pause()

    def resume(self) -> None:
        """End a pause."""
        self._container.unpause()


class Database(_Server):
    """PostgreSQL with settings that are fast and not durable, like the embedded one for tests."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        (self._port,) = free_ports(1)
        self._password = secrets.token_urlsafe(16)
        settings = postgres.settings(durable=False)
        given = {
            "POSTGRES_PASSWORD": self._password,
            "POSTGRES_INITDB_ARGS": " ".join(["--auth=scram-sha-256", *postgres.LOCALE]),
        }
        command = ["postgres", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]
        super().__init__(
            "PostgreSQL", _image(environ, "POSTGRES_IMAGE", POSTGRES_IMAGE), self._port, given, command, 5432
        )

    @property
    def admin_dsn(self) -> str:
        """Address of the database `postgres`, as the administrator."""
        return postgres.dsn(postgres.ADMIN, self._password, "postgres", self._port)

    def is_ready(self) -> bool:
        """Whether it answers over TCP. While the image sets up its data folder, it listens only on its socket."""
        with contextlib.suppress(docker.errors.APIError):  # it does not run
            done = self._container.exec_run(["pg_isready", "-q", "-h", LOOPBACK, "-U", postgres.ADMIN])
            return bool(done.exit_code == 0)
        return False


class Kafka(_Server):
    """A broker whose port is the same inside and outside of its container, so that one listener is enough."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._port, controller = free_ports(2)
        settings = kafka_folder.settings("", self._port, controller, "/var/lib/kafka/data") | {
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{self._port}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        }
        given = {f"KAFKA_{name.replace('.', '_').upper()}": value for name, value in settings.items()}
        given |= {
            "KAFKA_HEAP_OPTS": "-Xms64m -Xmx384m",
            "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        }
        super().__init__("Kafka", _image(environ, "KAFKA_IMAGE", KAFKA_IMAGE), self._port, given)

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self._port}"

    def is_ready(self) -> bool:
        """Whether it answers an admin call."""
        return kafka.answers_calls(self.bootstrap)


def _image(environ: Mapping[str, str], variable: str, default: str) -> str:
    return environ.get(variable) or default


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
