"""Waiting for a locked row, and the people of a service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import orjson
import pytest

from chassis import people
from chassis.database.pool import SILENT_SECONDS, Database
from contracts.events.people import PersonDescribed
from tests.conftest import NewDatabase
from tests.waiting import until_one_waits

INSERT = "INSERT INTO brakes (consumer) VALUES ($1)"
COUNT_UP = "UPDATE brakes SET dead_in_a_row = dead_in_a_row + 1 WHERE consumer = $1 RETURNING consumer"


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    found = await Database.connect("payments", await new_database("chassis"))
    yield found
    await found.close()


async def test_what_waits_for_the_row_says_its_things_after_the_one_before(database: Database) -> None:
    await database.pool.execute(INSERT, "one")

    async def say(name: str) -> None:
        await database.write(lambda tx: tx.save(ADA, COUNT_UP, "one", says=[described(1, name)]))

    async with database.transaction() as tx:
        await tx.lock(ADA, "SELECT * FROM brakes FOR UPDATE")
        later = asyncio.create_task(say("later"))
        await until_one_waits(database)
        await tx.emit(described(1, "earlier"))
    await later
    rows = await database.pool.fetch("SELECT payload FROM outbox ORDER BY id")
    assert [orjson.loads(row["payload"])["data"]["name"] for row in rows] == ["earlier", "later"]


ADA, BOB = uuid4(), uuid4()


def described(version: int, name: str, *, person_id: object = ADA, roles: tuple[str, ...] = ()) -> PersonDescribed:
    fields = {
        "kind": "account",
        "email": f"{name}@example.org",
        "roles": roles,
        "sessions_valid_from": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return PersonDescribed.model_validate({"person_id": person_id, "version": version, "name": name, **fields})


async def test_many_people_are_projected_at_once_the_newest_of_each(database: Database) -> None:
    async with database.transaction() as tx:
        await people.project_all(
            tx,
            [
                described(2, "Ada 2", roles=("chair", "reviewer")),
                described(1, "Ada 1"),
                described(1, "Bob", person_id=BOB),
            ],
        )
        things = sorted(tx.things)
    async with database.transaction() as tx:
        await people.project_all(tx, [described(1, "Ada late"), described(3, "Bob 3", person_id=BOB)])
    rows = await database.pool.fetch("SELECT person_id, version, name, roles FROM people ORDER BY name")
    assert [tuple(row) for row in rows] == [(ADA, 2, "Ada 2", ["chair", "reviewer"]), (BOB, 3, "Bob 3", [])]
    assert things == sorted([f"person/{ADA}", f"person/{BOB}"])


async def test_an_erased_person_stays_erased(database: Database) -> None:
    await database.pool.execute("INSERT INTO people (person_id, version, erased) VALUES ($1, 0, true)", ADA)
    async with database.transaction() as tx:
        await people.project_all(tx, [described(5, "Ada")])
    row = await database.pool.fetchrow("SELECT name, erased FROM people")
    assert row is not None
    assert tuple(row) == ("", True)


async def test_a_database_whose_connections_are_all_in_use_is_slow_and_not_away(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.database.pool.SLOW_SECONDS", 0.1)
    database = await Database.connect("payments", await new_database("chassis"), size=2)
    try:
        async with database.transaction(), database.transaction():
            assert await database.state() == ("degraded", "the database did not answer within 0.1 s")
            database._heard -= SILENT_SECONDS  # nobody had an answer for so long
            assert (await database.state())[0] == "stopped"
    finally:
        await database.close()
    assert (await database.state())[0] == "stopped"


async def test_after_a_standstill_the_database_is_asked_once_more(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.database.pool.SLOW_SECONDS", 1)
    database = await Database.connect("payments", await new_database("chassis"), size=2)
    pool, questions = database.pool, 0

    class FirstAnswerLost:
        async def fetchval(self, question: str) -> object:
            nonlocal questions
            questions += 1
            if questions == 1:
                await asyncio.Event().wait()
            return await pool.fetchval(question)

    try:
        database.pool = FirstAnswerLost()
        database._heard -= SILENT_SECONDS
        assert await database.state() == ("ok", "")
        assert questions == 2
    finally:
        await pool.close()
