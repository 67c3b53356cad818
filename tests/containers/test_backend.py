"""MICROCRED_BACKEND: the sentence for a person without a container engine, or with an unknown backend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import kafka_folder, postgres

CHECKOUT = Path(__file__).resolve().parents[2]


def run_tests(tmp_path: Path, *more: str, **environ: str) -> tuple[int, str]:
    """A test run of one harmless file; its exit code, and everything it said."""
    arguments = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/contracts/test_envelope.py",
        *more,
    ]
    without_desk = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MICROCRED"))}
    done = subprocess.run(
        arguments,
        cwd=CHECKOUT,
        env={**without_desk, "HOME": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("more", [(), ("-n", "1")])
def test_without_an_engine_one_clear_message_and_no_trace(tmp_path: Path, more: tuple[str, ...]) -> None:
    nowhere = f"unix://{tmp_path}/no-engine.sock"
    code, said = run_tests(tmp_path, *more, MICROCRED_BACKEND="containers", DOCKER_HOST=nowhere)
    (line,) = [line for line in said.splitlines() if line]
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(
        f"ERROR: MICROCRED_BACKEND=containers needs a container engine, and none answers at {nowhere} ("
    )
    assert line.endswith(
        "Start Docker (or set DOCKER_HOST), or unset MICROCRED_BACKEND: then Kafka and PostgreSQL are embedded."
    )


def test_an_unknown_backend_is_named_with_the_known_ones(tmp_path: Path) -> None:
    assert run_tests(tmp_path, MICROCRED_BACKEND="podman") == (
        pytest.ExitCode.USAGE_ERROR,
        "ERROR: MICROCRED_BACKEND is 'podman'; it can be: embedded, containers\n\n",
    )


def test_servers_in_containers_have_the_settings_of_the_embedded_ones() -> None:
    broker = kafka_folder.settings("", 9092, 9093, "/data")
    assert (broker["listeners"], broker["log.dirs"], broker["auto.create.topics.enable"]) == (
        "PLAINTEXT://:9092,CONTROLLER://:9093",
        "/data",
        "false",
    )
    assert len(broker) > 20
    fast, durable = postgres.settings(durable=False), postgres.settings(durable=True)
    assert set(fast) - set(durable) == {"fsync", "full_page_writes", "wal_level", "max_wal_senders"}
    assert (durable["max_connections"], durable["timezone"]) == ("300", "UTC")
    assert "listen_addresses" not in fast
