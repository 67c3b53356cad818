"""The edges of a database: a whole transaction, one statement, reading only."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chassis import people
from chassis.database import Database
from chassis.transaction import NotSingle
from contracts.events.intake import PersonDescribed
from tests.conftest import NewDatabase

INSERT = "INSERT INTO brakes (consumer) VALUES ($1)"
COUNT = "SELECT count(*) FROM brakes"


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    found = await Database.connect("payments", await new_database("chassis"))
    yield found
    await found.close()


async def test_a_single_statement_commits_by_itself_and_wakes_what_it_says(database: Database) -> None:
    woken: list[set[str]] = []
    database.after_commit.append(lambda tx, _: woken.append(tx.woken))
    async with database.single() as tx:
        await tx.execute(INSERT, "one")
        tx.wake("job")
    assert (await database.pool.fetchval(COUNT), woken) == (1, [{"job"}])


async def test_a_second_statement_and_saying_anything_are_refused_before_they_are_done(database: Database) -> None:
    async with database.single() as tx:
        await tx.execute(INSERT, "one")
        with pytest.raises(NotSingle):
            await tx.execute(INSERT, "two")
    async with database.single() as tx:
        with pytest.raises(NotSingle):
            await tx.emit(described(1, "Ada"))
    assert [row["consumer"] for row in await database.pool.fetch("SELECT consumer FROM brakes")] == ["one"]
    assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 0


ADA, BOB = uuid4(), uuid4()


def described(version: int, name: str, *, person_id: object = ADA, roles: tuple[str, ...] = ()) -> PersonDescribed:
    fields = {"kind": "account", "email": f"{name}@example.org", "roles": roles, "sessions_valid_from": datetime(2026, 1, 1, tzinfo=UTC)}
    return PersonDescribed.model_validate({"person_id": person_id, "version": version, "name": name, **fields})


async def test_many_people_are_projected_at_once_the_newest_of_each(database: Database) -> None:
    async with database.transaction() as tx:
        await people.project_all(tx, [described(2, "Ada 2", roles=("chair", "reviewer")), described(1, "Ada 1"), described(1, "Bob", person_id=BOB)])
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
