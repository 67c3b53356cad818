"""The base of benchmarks: a Kafka and a PostgreSQL of their own, events to send, and medians."""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg

from chassis.database.migrations import CHASSIS_FOLDER, migrate
from chassis.kafka.provision import provision
from contracts.claims import Money
from contracts.envelope import Envelope, encode, headers
from contracts.events.applications import ApplicationFeeDue
from devstack.kafka import Broker
from devstack.postgres import Server

RUNS = 5


@dataclass(frozen=True)
class Size:
    """How often to measure, and the part of the usual amount to use."""

    runs: int
    part: float

    def of(self, usual: int) -> int:
        """This part of the usual amount."""
        return max(1, round(usual * self.part))


def size(
    name: str, more: Callable[[argparse.ArgumentParser], None] = lambda parser: None
) -> tuple[Size, argparse.Namespace]:
    """The size from the command line of `python -m bench.<name>`. `more` adds further options."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often to measure")
    parser.add_argument(
        "--part",
        type=float,
        default=1.0,
        help="of the usual amount, to try a benchmark quickly; its figures mean nothing then",
    )
    more(parser)
    given = parser.parse_args()
    return Size(given.runs, given.part), given


@dataclass
class Ground:
    """Servers of one benchmark run."""

    bootstrap: str
    admin_dsn: str
    count: int = field(default=0)

    async def database(self, *tables: str) -> str:
        """The DSN of a fresh database with the chassis' tables and these."""
        self.count += 1
        name = f"bench_{self.count}"
        admin = await asyncpg.connect(self.admin_dsn)
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        dsn = self.admin_dsn.rpartition("/")[0] + f"/{name}"
        await migrate(dsn, CHASSIS_FOLDER)
        connection = await asyncpg.connect(dsn)
        for table in tables:
            await connection.execute(table)
        await connection.close()
        return dsn


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Start the servers and make the topics. At the end the servers are stopped and their data is removed."""
    folder = folder_of_servers()
    broker, server = Broker(folder / "kafka"), Server(folder / "postgres", durable=True)
    broker.start()
    server.start()
    try:
        await provision(broker.bootstrap)
        yield Ground(broker.bootstrap, server.admin_dsn)
    finally:
        broker.stop()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def folder_of_servers() -> Path:
    """A temporary folder that servers with another account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="microcred-bench-"))
    folder.chmod(0o755)  # PostgreSQL does not run as root, but must reach it
    return folder


def fee_due() -> ApplicationFeeDue:
    """An event like those of a journey."""
    return ApplicationFeeDue(
        application_id=uuid4(),
        person_id=uuid4(),
        person_version=1,
        credential="community-engagement-fundamentals",
        credential_version=1,
        fee=Money(amount_minor=6000),
    )


Wire = tuple[str, bytes, bytes, list[tuple[str, bytes]]]
"""Topic, key, value, headers."""


def wire(event: ApplicationFeeDue) -> Wire:
    """An event in the form of a Kafka record."""
    envelope = Envelope[ApplicationFeeDue](
        id=uuid4(), time=datetime.now(UTC), source="intake", type=event.TYPE, correlation_id=uuid4(), data=event
    )
    return event.TOPIC.name, event.key.encode(), encode(envelope) or b"", headers(envelope, "bench")


def say(name: str, figures: Sequence[float], unit: str) -> float:
    """Print the median with the least and the greatest figure. Returns the median. Without figures it prints nothing
    and returns 0."""
    if not figures:
        return 0.0
    median = statistics.median(figures)
    sys.stdout.write(
        f"{name:<58} {median:>12,.2f} {unit}   ({min(figures):,.2f} - {max(figures):,.2f}, {len(figures)} runs)\n"
    )
    sys.stdout.flush()
    return median
