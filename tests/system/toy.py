"""A small service as a process of its own, on the real chassis: `python -m tests.system.toy NAME DSN BOOTSTRAP [--crash
WHERE:N]`.

It hears `intake.applications`, keeps the events of each application in order, and says FeePaid for every FeeDue. With
--crash it kills itself (SIGKILL) when it comes to WHERE for the N-th time, a place between two steps.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.jobs import Jobs
from chassis.kafka import redrive
from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Consumer, Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.outcome import Record
from chassis.kafka.relay import Relay
from chassis.service import _die
from chassis.telemetry import set_up_logs
from contracts.events.applications import ApplicationFeeDue
from contracts.events.intake import IntakeApplicationsEvent
from contracts.events.payments import FeePaid
from contracts.topics import OPS_REDRIVES

TABLES = "CREATE TABLE IF NOT EXISTS seen (application_id uuid PRIMARY KEY, events text[] NOT NULL DEFAULT '{}')"
SEE = """
    INSERT INTO seen (application_id, events) VALUES ($1, ARRAY[$2::text]) ON CONFLICT (application_id) DO UPDATE SET
        events = seen.events || $2::text
    RETURNING application_id
"""


async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
    # The position in the key's story travels in `credential`, so that the order can be checked at the end.
    await tx.lock(event.application_id, SEE, event.application_id, event.credential)
    if isinstance(event, ApplicationFeeDue):
        await tx.emit(
            FeePaid(
                application_id=event.application_id,
                person_id=event.person_id,
                amount=event.fee,
                receipt_url=event.credential,
            )
        )


class Crash:
    """Kills the process at the N-th passage of one place."""

    def __init__(self, spec: str) -> None:
        self.where, _, n = spec.partition(":")
        self.left = int(n or 0)

    def passes(self, where: str) -> None:
        if where == self.where:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class CrashingInbox(Inbox):
    crash: Crash

    async def take(self, records: Sequence[Record], waiting: Callable[[], Awaitable[None]] | None = None) -> None:
        await super().take(records, waiting)
        self.crash.passes("commit-offset")  # committed in the database, not yet in Kafka


class CrashingRelay(Relay):
    crash: Crash

    async def _send(self, producer: Any, rows: list[asyncpg.Record], compacted: bool) -> None:
        self.crash.passes("commit-send")  # committed, not yet sent
        await super()._send(producer, rows, compacted)
        self.crash.passes("ack-delete")  # acknowledged, not yet deleted


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("dsn")
    parser.add_argument("bootstrap")
    parser.add_argument("--crash", default="")
    given = parser.parse_args()
    set_up_logs(given.name, "INFO", as_json=False)
    crash = Crash(given.crash)
    while True:
        try:
            database = await Database.connect(given.name, given.dsn)
            break
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.2)
    await database.pool.execute(TABLES)
    hears = {"intake.applications": on_applications} if given.name == "payments" else {}
    inbox = CrashingInbox(given.name, database, Handlers(hears), Brake(given.name, database))
    inbox.crash = crash
    control_name = f"{given.name}.control"
    control = Inbox(
        control_name,
        database,
        Handlers({OPS_REDRIVES.name: redrive.on_redrives(given.name)}),
        Brake(control_name, database),
    )
    relay = CrashingRelay(given.name, given.dsn, given.bootstrap, _die)
    relay.crash = crash
    consumer = Consumer(given.name, given.bootstrap, inbox, control, _die)
    jobs = Jobs(database, redrive.jobs(inbox))
    database.after_commit.append(lambda tx: relay.wake(tx.said))
    relay.start()
    consumer.start()
    jobs.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await consumer.stop()
    await jobs.stop()
    await relay.stop()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
