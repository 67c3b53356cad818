"""A consumer of `intake.applications` and the console, each in the test's process, with a database of its own and a
real Kafka."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Consumer, Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.lag import Lag
from contracts.claims import Money
from contracts.envelope import Envelope, encode, headers
from contracts.events.applications import ApplicationFeeDue
from contracts.events.intake import IntakeApplicationsEvent
from services.ops import handlers as ops_handlers
from tests.system.odd_batches import Odd
from tests.system.toy import SEE
from tests.waiting import until

TOPIC = "intake.applications"
OUTCOMES = """
    SELECT (SELECT coalesce(sum(cardinality(events)), 0) FROM seen) AS handled, (SELECT count(*) FROM held) AS held,
        (SELECT count(*) FROM unknown_records) AS unknown
"""
KEPT = """
    SELECT count(*) FILTER (WHERE topic = 'intake.applications') AS applications,
        count(*) FILTER (WHERE topic = 'dlq.payments') AS copies,
        (SELECT count(*) FROM letters) AS letters
    FROM journal
"""
POSITIONS = (
    "SELECT partition, next_offset FROM positions WHERE consumer = 'payments' AND topic"
    " = 'intake.applications' ORDER BY partition"
)


def good(application_id: UUID, **changes: Any) -> Odd:
    """A record as `intake` says it."""
    event = ApplicationFeeDue(
        application_id=application_id,
        person_id=application_id,
        person_version=1,
        credential="weaving",
        credential_version=1,
        fee=Money(amount_minor=6000),
    )
    envelope = Envelope[Any](
        id=uuid4(), time=datetime.now(UTC), source="intake", type=event.TYPE, correlation_id=uuid4(), data=event
    )
    fields: dict[str, Any] = {
        "key": event.key.encode(),
        "value": encode(envelope),
        "headers": tuple((name.encode(), value) for name, value in headers(envelope, "test")),
    }
    return Odd(**(fields | changes))


class Hearing:
    """A consumer of `intake.applications` in this process, with a database of its own."""

    def __init__(
        self, database: Database, bootstrap: str, kind: type[Consumer] = Consumer, lag: Lag | None = None
    ) -> None:
        self.database = database
        self.ended: list[BaseException] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.taken = 0
        inbox = Inbox(
            "payments",
            database,
            Handlers({TOPIC: self.on_applications, "intake.people": nothing}),
            Brake("payments", database, 10_000),
        )
        control = Inbox("none", database, Handlers({}), Brake("none", database))
        self.inbox = inbox
        self.consumer = kind("payments", bootstrap, inbox, control, self.ended.append, lag)

    async def on_applications(self, tx: Tx, event: IntakeApplicationsEvent) -> None:
        await self.gate.wait()
        await tx.lock(event.application_id, SEE, event.application_id, event.credential)

    async def outcomes(self) -> tuple[int, int, int]:
        """How many records were handled, are held, are of unknown types."""
        row = await self.database.pool.fetchrow(OUTCOMES)
        assert row is not None
        return row["handled"], row["held"], row["unknown"]

    async def seen(self) -> dict[UUID, int]:
        return {
            row["application_id"]: len(row["events"]) for row in await self.database.pool.fetch("SELECT * FROM seen")
        }

    async def positions(self) -> dict[int, int]:
        return {row["partition"]: row["next_offset"] for row in await self.database.pool.fetch(POSITIONS)}

    def well(self) -> str:
        return f"state {self.consumer.state}, ended {self.ended}, handled {self.inbox.handled}"


class Console:
    """The console `ops`, as far as it hears: all topics, into its journal and its list of dead letters."""

    def __init__(self, database: Database, bootstrap: str, ended: list[BaseException]) -> None:
        self.database = database
        handlers = replace(ops_handlers.handlers(), patience_ms=0)
        control = Inbox("none", database, Handlers({}), Brake("none", database))
        self.consumer = Consumer(
            "ops", bootstrap, Inbox("ops", database, handlers, Brake("ops", database)), control, ended.append
        )

    async def kept(self) -> tuple[int, int, int]:
        """How many records of applications and copies of dead letters stand in the journal, and how many letters are
        listed."""
        row = await self.database.pool.fetchrow(KEPT)
        assert row is not None
        return row["applications"], row["copies"], row["letters"]


async def nothing(tx: Tx, event: Any) -> None:
    """Heard, and nothing to do."""


async def all_have_outcomes(hearing: Hearing, ends: dict[int, int], seconds: float = 30) -> None:
    async def reached() -> bool:
        return hearing.ended != [] or await hearing.positions() == ends

    await until(reached, seconds, hearing.well)
    assert hearing.ended == []
