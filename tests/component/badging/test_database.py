"""The database refuses rows that must not exist, whoever writes them."""

from uuid import uuid4

import asyncpg
import pytest

from chassis.database.transaction import Overtaken
from services.badging import store
from services.badging.domain import badges
from tests.component.badging.conftest import Badging

COPY = """
    INSERT INTO badges SELECT gen_random_uuid(), {decision}, {person}, application_id, achievement, credential_version,
        state, 1, awarded_at,
        created, list_number, {index}, document, credential FROM badges
"""
OTHER_DECISION = """
    INSERT INTO decisions SELECT $1, person_id, verdict, message_id, correlation_id, decided_at, event,
        heard_at FROM decisions LIMIT 1
"""


def copy(decision: str = "$1::uuid", person: str = "person_id", index: str = "list_index + 1") -> str:
    return COPY.format(decision=decision, person=person, index=index)


@pytest.fixture
async def pool(badging: Badging) -> asyncpg.Pool:
    await badging.issue(await badging.know())
    pool: asyncpg.Pool = badging.service.database.pool
    return pool


async def refused(pool: asyncpg.Pool, sql: str, *args: object) -> str:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as error:
        await pool.execute(sql, *args)
    return str(error.value.constraint_name)


async def test_one_badge_a_decision(pool: asyncpg.Pool) -> None:
    assert (
        await refused(pool, copy(decision="decision_id", person="(SELECT person_id FROM people LIMIT 1)"))
        == "badges_decision_id_key"
    )


async def test_one_live_badge_a_person_and_achievement(pool: asyncpg.Pool) -> None:
    decision = uuid4()
    await pool.execute(OTHER_DECISION, decision)

    assert await refused(pool, copy(), decision) == "badges_one_live"


async def test_one_badge_a_place_in_a_list(badging: Badging, pool: asyncpg.Pool) -> None:
    decision, person = uuid4(), await badging.service.add_person()
    await pool.execute(OTHER_DECISION, decision)

    assert (
        await refused(pool, copy(person="$2::uuid", index="list_index"), decision, person)
        == "badges_list_number_list_index_key"
    )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'forged'", "badges_state_check"),
        ("credential = NULL", "badges_check1"),
        ("document = NULL", "badges_check"),
        ("state = 'unsigned'", "badges_check1"),
    ],
)
async def test_states_and_contents_go_together(pool: asyncpg.Pool, change: str, constraint: str) -> None:
    assert await refused(pool, f"UPDATE badges SET {change}") == constraint


async def test_late_writer_is_refused(badging: Badging) -> None:
    person = await badging.know()
    await badging.service.deliver(badging.decision(person))
    async with badging.service.database.transaction() as tx:
        ((before, _),) = await store.unsigned(tx, 1)
    await badging.sign()

    with pytest.raises(Overtaken):
        async with badging.service.database.transaction() as tx:
            await store.save(tx, before, badges.forget(before))


async def test_a_list_never_shows_what_nobody_wanted(pool: asyncpg.Pool) -> None:
    assert await refused(pool, "UPDATE status_lists SET published = wanted + 1") == "status_lists_check"
