"""A small service for tests. It counts the events of applications, and says that their fees are paid."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from chassis import people
from chassis.database.outbox import unpack_headers
from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.kafka import redrive
from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.outcome import Record
from contracts.claims import Money
from contracts.envelope import Envelope, Received, decode, encode, headers
from contracts.event import Event
from contracts.events.applications import ApplicationFeeDue, ApplicationWithdrawn
from contracts.events.intake import IntakeApplicationsEvent
from contracts.events.ops import OpsRedrivesEvent
from contracts.events.payments import FeePaid
from contracts.events.people import PersonDescribed, PersonErased
from tests.component.chassis.site import make
from tests.conftest import NewDatabase
from tests.one_service import Keys, OneService, SettableClock

TABLES = """
    CREATE TABLE seen (application_id uuid PRIMARY KEY, events text[] NOT NULL DEFAULT '{}');
    CREATE TABLE faults (application_id uuid PRIMARY KEY, type text NOT NULL);
"""
LOCK = (
    "INSERT INTO seen (application_id) VALUES ($1) ON CONFLICT (application_id) DO UPDATE"
    " SET events = seen.events RETURNING events"
)
APPEND = "UPDATE seen SET events = events || $2::text WHERE application_id = $1"


class Toy:
    """The small service, and what a test needs to drive it."""

    def __init__(self, database: Database, limit: int = 20) -> None:
        self.database = database
        self.raises: Callable[[Event], Exception | None] = lambda event: None
        self.dirty = False
        self.inbox = self.new_inbox(limit)
        control = {"ops.redrives": redrive.on_redrives("payments")}
        self.control = Inbox("payments.control", database, Handlers(control), Brake("payments.control", database))
        self.next: dict[tuple[str, int], int] = {}

    def new_inbox(self, limit: int = 20, many: bool = False) -> Inbox:
        handlers = Handlers(
            {"intake.applications": self.on_applications, "intake.people": people.project},
            {ApplicationFeeDue: self.on_many} if many else {},
        )
        return Inbox("payments", self.database, handlers, Brake("payments", self.database, limit), patience=0.2)

    async def on_applications(self, tx: Tx, event: IntakeApplicationsEvent) -> None:
        if self.dirty:
            await tx.execute("INSERT INTO faults VALUES ($1, 'dirty') ON CONFLICT DO NOTHING", event.application_id)
        await people.require(tx, event.person_id)
        if (error := self.raises(event)) is not None:
            raise error
        await tx.lock(event.application_id, LOCK, event.application_id)
        await tx.execute(APPEND, event.application_id, event.TYPE)
        if isinstance(event, ApplicationFeeDue):
            await tx.emit(FeePaid(application_id=event.application_id, person_id=event.person_id, amount=event.fee))

    async def on_many(self, tx: Tx, received: list[Received]) -> None:
        for one in received:
            with tx.caused_by(one):
                await self.on_applications(tx, one.event)  # type: ignore[arg-type]

    def record(self, event: Event, *, id: UUID | None = None, **changes: object) -> Record:
        envelope = Envelope(
            id=id or uuid4(),
            time=datetime.now(UTC),
            source="intake",
            type=event.TYPE,
            correlation_id=uuid4(),
            data=event,
        )
        place = event.TOPIC.name, 0
        offset = self.next.get(place, 0)
        self.next[place] = offset + 1
        fields: dict[str, object] = {
            "topic": event.TOPIC.name,
            "partition": 0,
            "offset": offset,
            "timestamp": 0,
            "key": event.key.encode(),
            "value": encode(envelope),
            "headers": tuple(headers(envelope, "test")),
        }
        return Record(**(fields | changes))  # type: ignore[arg-type]

    def again(self, record: Record) -> Record:
        """The same message at a later place."""
        place = record.topic, 0
        offset = self.next[place]
        self.next[place] = offset + 1
        return Record(record.topic, 0, offset, record.timestamp, record.key, record.value, record.headers)

    async def take(self, *records: Record) -> None:
        await self.inbox.take(records)

    async def ask(self, event: OpsRedrivesEvent) -> None:
        """What an operator says, and the job that does it."""
        await self.control.take([self.record(event)])
        await redrive.jobs(self.inbox)[0].run(self.database)

    async def seen(self) -> dict[UUID, list[str]]:
        rows = await self.database.pool.fetch("SELECT * FROM seen")
        return {
            row["application_id"]: [kind.rpartition(".v")[0].rpartition(".")[2] for kind in row["events"]]
            for row in rows
        }

    async def paid(self) -> list[UUID]:
        """Applications whose FeePaid stands in the outbox, in order."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox WHERE topic = 'payments.fees' ORDER BY id")
        return [
            decode(
                row["topic"], row["key"].encode(), row["payload"], unpack_headers(row["headers"])
            ).event.application_id
            for row in rows
        ]  # type: ignore[attr-defined]

    async def letters(self) -> list[tuple[str, bool, str]]:
        rows = await self.database.pool.fetch('SELECT state, behind, error FROM held ORDER BY topic, key, "offset"')
        return [(row["state"], row["behind"], row["error"]) for row in rows]

    async def copies(self) -> list[dict[str, str]]:
        """The dlq-* headers of the copies for ops."""
        rows = await self.database.pool.fetch("SELECT headers FROM outbox WHERE topic = 'dlq.payments' ORDER BY id")
        return [
            {name: value.decode() for name, value in unpack_headers(row["headers"]) if name.startswith("dlq-")}
            for row in rows
        ]


MakeToy = Callable[..., Awaitable[Toy]]


@pytest.fixture
async def make_toy(new_database: NewDatabase) -> AsyncIterator[MakeToy]:
    databases = []

    async def make(limit: int = 20) -> Toy:
        database = await Database.connect("payments", await new_database("chassis"), size=12)
        databases.append(database)
        await database.pool.execute(TABLES)
        return Toy(database, limit)

    yield make
    for database in databases:
        await database.close()


def described(person_id: UUID, version: int = 1) -> PersonDescribed:
    return PersonDescribed(
        person_id=person_id,
        version=version,
        name="Ada",
        email="ada@example.org",
        sessions_valid_from=datetime(2020, 1, 1, tzinfo=UTC),
    )


def erased(person_id: UUID) -> PersonErased:
    return PersonErased(person_id=person_id)


def fee_due(person_id: UUID, application_id: UUID | None = None) -> ApplicationFeeDue:
    return ApplicationFeeDue(
        application_id=application_id or uuid4(),
        person_id=person_id,
        person_version=1,
        credential="fundamentals",
        credential_version=1,
        fee=Money(amount_minor=6000),
    )


def withdrawn(person_id: UUID, application_id: UUID) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application_id, person_id=person_id, credential="fundamentals", credential_version=1
    )


@pytest.fixture
async def site(make_toy: MakeToy, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OneService]:
    """A site of the tests' own around the small service's database, with a client and a clock."""
    toy = await make_toy()
    clock = SettableClock()
    toy.database.clock = clock
    keys = Keys.make(tmp_path_factory.mktemp("keys"))
    api = make(toy.database, clock, keys.folder / "session.jwks")
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(api, raise_app_exceptions=False), base_url="http://127.0.0.1"
    )
    yield OneService(toy, toy.database, clock, keys, client)  # type: ignore[arg-type]
    await client.aclose()


async def known(site: OneService, roles: tuple[str, ...] = ()) -> UUID:
    """A person whom the site has heard of."""
    person = uuid4()
    toy: Toy = site.running  # type: ignore[assignment]
    await toy.take(toy.record(described(person).model_copy(update={"roles": roles})))
    return person
