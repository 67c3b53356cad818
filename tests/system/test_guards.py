"""Guards whose absence would rarely show in a crash, each tested alone: one leader of an outbox, one transaction for
state and outbox, no late writer."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.errors import KafkaError

from chassis.database.outbox import pack_headers
from chassis.database.pool import Database
from chassis.database.transaction import Overtaken
from chassis.kafka.relay import Relay, _close
from contracts.claims import Money
from contracts.events.applications import ApplicationOpened
from devstack.insides import Insides
from services.intake.domain.applications import Application
from services.intake.domain.people import Person
from services.intake.domain.states import State
from services.intake.store import applications, people
from services.review.domain.cases import Case
from services.review.domain.cases import State as CaseState
from services.review.store import cases
from tests.conftest import NewDatabase
from tests.system.pair import SAY_NEXT, SOURCE_TABLE, Pair
from tests.waiting import until

LEADS, FOLLOWS = ("ok", ""), ("ok", "another replica relays")
REFUSE_OUTBOX = """
    CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused on purpose'; END
        $$;
    CREATE TRIGGER refuse_it BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_it()
"""


async def test_two_relays_of_one_outbox_say_everything_once_and_the_second_takes_over(
    new_database: NewDatabase, kafka: str
) -> None:
    dsn = await new_database("chassis")
    database = await Database.connect("intake", dsn)
    await database.pool.execute(SOURCE_TABLE)
    pair = Pair(database, dsn, "", kafka)
    ended: list[BaseException] = []
    relays = [Relay("intake", dsn, kafka, ended.append) for _ in range(2)]

    async def all_sent() -> bool:
        return bool(await database.pool.fetchval("SELECT count(*) FROM outbox") == 0)

    async def one_leads() -> bool:
        return sorted(relay.state for relay in relays) == [LEADS, FOLLOWS]

    try:
        await pair.say(20, 5)
        for relay in relays:
            relay.start()
        await until(all_sent, 60)
        assert len(await Insides(kafka, {}).records(["intake.applications"])) == 20 * 5
        await until(one_leads, 10)
        (leader,) = [relay for relay in relays if relay.state == LEADS]
        await pair.say(10, 5)
        await until(all_sent, 60)
        await leader.stop()
        await pair.say(10, 5)
        await until(all_sent, 60)
        assert ended == []
    finally:
        await asyncio.gather(*(relay.stop() for relay in relays))
        await database.close()
    records = await Insides(kafka, {}).records(["intake.applications"])
    assert len(records) == 40 * 5
    assert Counter(record.key for record in records) == Counter({str(one).encode(): 5 for one in pair.said})


async def test_a_former_leader_says_nothing_more_on_compacted_topics(kafka: str) -> None:
    """The old leader's unsent record would come last, and the last record of a compacted topic counts. So a name
    would come back after its tombstone."""
    former, leader = (Relay("intake", "", kafka, lambda error: None) for _ in range(2))
    old, new = b'{"name": "as it was"}', b'{"name": "as it is"}'
    behind = await former._producer(compacted=True)
    await former._send(behind, [_row(b'{"name": "at first"}')], compacted=True)
    ahead = await leader._producer(compacted=True)
    try:
        await leader._send(ahead, [_row(new)], compacted=True)
        with pytest.raises(KafkaError):
            await former._send(behind, [_row(old)], compacted=True)
    finally:
        await _close(behind)
        await _close(ahead)
    records = await Insides(kafka, {}).records(["intake.people"])
    assert [record.value for record in records] == [b'{"name": "at first"}', new]


def _row(payload: bytes) -> Any:
    return 1, "intake.people", "a person", pack_headers([]), payload


async def test_what_cannot_be_said_did_not_happen_and_what_did_not_happen_is_not_said(
    new_database: NewDatabase,
) -> None:
    database = await Database.connect("intake", await new_database("chassis"))
    pool = database.pool
    await pool.execute(SOURCE_TABLE)
    pair = Pair(database, "", "", "")
    try:
        await pool.execute(REFUSE_OUTBOX)
        with pytest.raises(asyncpg.RaiseError):
            await pair.say(1, 1)
        assert await pool.fetchval("SELECT count(*) FROM stories") == 0
        await pool.execute("DROP FUNCTION refuse_it CASCADE")
        with pytest.raises(RuntimeError, match="after all"):
            await _say_and_think_better_of_it(database)
        assert (
            await pool.fetchval("SELECT count(*) FROM stories")
            == await pool.fetchval("SELECT count(*) FROM outbox")
            == 0
        )
        await pair.say(1, 1)
        assert (
            await pool.fetchval("SELECT count(*) FROM stories")
            == await pool.fetchval("SELECT count(*) FROM outbox")
            == 1
        )
    finally:
        await database.close()


async def _say_and_think_better_of_it(database: Database) -> None:
    async with database.transaction() as tx:
        fact = ApplicationOpened(application_id=uuid4(), person_id=uuid4(), credential="x", credential_version=1)
        await tx.lock(fact.key, SAY_NEXT, fact.application_id)
        await tx.emit(fact)
        raise RuntimeError("not after all")


PERSON = "INSERT INTO people (person_id, version, email, email_key) VALUES ($1, 1, 'a@example.org', 'a@example.org')"
CREDENTIAL = "INSERT INTO credentials VALUES ('weaving', 1, 1, 'open', '{}')"
APPLICATION = """
    INSERT INTO applications (application_id, person_id, credential, credential_version, attempt, state, version, fee,
        carried_forward, timeline,
        started_at)
    VALUES ($1, $2, 'weaving', 1, 1, 'started', 1, '{}', '[]', '[]', now())
"""
PANEL = ("chair", "reviewer")
CASE = """
    INSERT INTO cases (case_id, application_id, person_id, submission_number, credential, credential_version, attempt,
        state, panel, materials,
        carried, opened_at, due_at, correlation_id, version)
    VALUES ($1, $2, $3, 'S-1', 'weaving', 1, 1, 'assigning', '{chair,reviewer}', '[]', '[]', now(), now(), $1, 1)
"""


async def test_a_writer_that_comes_late_overwrites_neither_person_nor_application(new_database: NewDatabase) -> None:
    database = await Database.connect("intake", await new_database("intake"))
    person_id, application_id = uuid4(), uuid4()
    try:
        await database.pool.execute(PERSON, person_id)
        await database.pool.execute(CREDENTIAL)
        await database.pool.execute(APPLICATION, application_id, person_id)
        person = Person(
            person_id=person_id, version=2, name="First", email="a@example.org", sessions_valid_from=datetime.now(UTC)
        )
        application = Application(
            application_id=application_id,
            person_id=person_id,
            credential="weaving",
            credential_version=1,
            fee=Money(amount_minor=1),
        )
        async with database.transaction() as tx:
            await people.save(tx, replace(person, version=1), person)
            await applications.save(tx, application, replace(application, state=State.WITHDRAWN))
        async with database.transaction() as tx:
            with pytest.raises(Overtaken):
                await people.save(tx, person, replace(person, name="Late"))
            with pytest.raises(Overtaken):
                await applications.save(tx, application, replace(application, state=State.OPEN))
        assert await database.pool.fetchval("SELECT name FROM people") == "First"
        assert await database.pool.fetchval("SELECT state FROM applications") == "withdrawn"
    finally:
        await database.close()


async def test_a_writer_that_comes_late_does_not_move_a_case(new_database: NewDatabase) -> None:
    database = await Database.connect("review", await new_database("review"))
    case_id, application_id, person_id, now = uuid4(), uuid4(), uuid4(), datetime.now(UTC)
    before = Case(case_id, application_id, person_id, "S-1", "weaving", 1, 1, CaseState.ASSIGNING, PANEL, now, now)
    try:
        await database.pool.execute(CASE, case_id, application_id, person_id)
        async with database.transaction() as tx:
            await cases.save(tx, before, replace(before, state=CaseState.CLOSED))
            with pytest.raises(Overtaken):
                await cases.save(tx, before, replace(before, state=CaseState.SCORING))
        assert await database.pool.fetchval("SELECT state FROM cases") == "closed"
    finally:
        await database.close()
