"""Dead letters in the real system. A database that refuses one row makes them, and the console redrives them after
later events of their key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, headers
from contracts.events.ops import RedriveRequested
from contracts.events.people import PersonErased
from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk
from tests.system.story import said, story
from tests.system.whole import Whole

pytestmark = pytest.mark.timeout(600)

REFUSE = """
    CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused on purpose'; END
        $$;
    CREATE TRIGGER refuse_it BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.application_id = '{application_id}')
        EXECUTE FUNCTION refuse_it()
"""
RELENT = "DROP FUNCTION refuse_it CASCADE"


@asynccontextmanager
async def refusing(whole: Whole, service: str, table: str, application_id: str) -> AsyncIterator[None]:
    """Meanwhile this database does not take the row of this application: what says so becomes a dead letter after ten
    seconds."""
    pool = whole.insides.pools[service]
    await pool.execute(REFUSE.format(table=table, application_id=application_id))
    try:
        yield
    finally:
        await pool.execute(RELENT)


async def started(whole: Whole, name: str) -> Walk:
    """An application whose fee is about to be due: only the agreement is missing."""
    walk = Walk(await whole.world.sign_in(f"{name}@example.org", name.title()), FUNDAMENTALS)
    begun = await walk.applicant.do("POST", "intake", "/api/applications", json={"credential": FUNDAMENTALS})
    walk.application_id = begun["application_id"]
    about = {"name": name, "institution": "Example College", "position": "Coordinator"}
    await walk.applicant.do("PUT", "intake", f"/api/applications/{walk.application_id}/basic-information", json=about)
    return walk


async def accept(walk: Walk) -> None:
    version = (await walk.application())["agreement"]["version"]
    await walk.applicant.do(
        "PUT",
        "intake",
        f"/api/applications/{walk.application_id}/agreement",
        json={"accepted": True, "version": version},
    )


async def ready_to_submit(whole: Whole, name: str) -> Walk:
    walk = await started(whole, name)
    await accept(walk)
    await walk.pay()
    await walk.assess()
    await walk.hand_in()
    return walk


async def withdraw(walk: Walk) -> None:
    await walk.applicant.do("POST", "intake", f"/api/applications/{walk.application_id}/withdrawal")


async def letters(whole: Whole, consumer: str, count: int) -> list[dict[str, Any]]:
    """The dead letters that the console shows of a consumer, once there are so many."""
    operator = whole.people["operator@example.org"]

    async def look() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (
            await operator.do("GET", "ops", "/api/ops/dead-letters", params={"consumer": consumer})
        )["items"]
        return found if len(found) == count else None

    shown: list[dict[str, Any]] = await whole.world.until(f"{count} dead letters of {consumer}", look)
    return shown


async def redrive(whole: Whole, ids: list[str]) -> dict[str, Any]:
    operator = whole.people["operator@example.org"]
    asked: dict[str, Any] = await operator.do("POST", "ops", "/api/ops/dead-letters/redrive", json={"ids": ids})
    return asked


async def until_nothing_is_held(whole: Whole) -> None:
    async def look() -> bool:
        return not await whole.insides.held()

    await whole.world.until("the end of what was held", look)
    await whole.insides.at_rest()


async def test_redriven_after_later_events_of_its_key_it_ends_as_the_undisturbed_run_and_twice_is_once(
    whole: Whole,
) -> None:
    billed, judged = await asyncio.gather(started(whole, "billed"), ready_to_submit(whole, "handed-in"))
    async with (
        refusing(whole, "payments", "fees", billed.application_id),
        refusing(whole, "review", "cases", judged.application_id),
    ):
        await asyncio.gather(accept(billed), judged.submit())
        ((first,), (second,)) = await asyncio.gather(letters(whole, "payments", 1), letters(whole, "review", 1))
        assert "refused on purpose" in first["error"]
        assert (first["key"], second["key"]) == (billed.application_id, judged.application_id)
        await asyncio.gather(withdraw(billed), withdraw(judged))
        behind = await asyncio.gather(letters(whole, "payments", 2), letters(whole, "review", 2))
        assert [[letter["behind"] for letter in found] for found in behind] == [[False, True], [False, True]]

    quiet_billed, quiet_judged = await asyncio.gather(
        started(whole, "quiet-billed"), ready_to_submit(whole, "quiet-handed-in")
    )
    await asyncio.gather(accept(quiet_billed), quiet_judged.submit())
    await quiet_judged.until_state("in_review")
    await quiet_billed.applicant.found("payments", f"/api/payments/{quiet_billed.application_id}")
    await asyncio.gather(withdraw(quiet_billed), withdraw(quiet_judged))
    assert {name: len(rows) for name, rows in (await whole.insides.held()).items()} == {"payments": 2, "review": 2}

    both = [letter["id"] for letter in (first, second)]
    last = [max(found, key=lambda letter: letter["offset"])["id"] for found in behind]
    asked = await redrive(whole, last)
    assert sorted(letter for request in asked["requests"] for letter in request["letters"]) == sorted(
        letter["id"] for found in behind for letter in found
    )
    await redrive(whole, both)
    await until_nothing_is_held(whole)

    expected = [await story(whole, walk.application_id) for walk in (quiet_billed, quiet_judged)]
    assert [one.application["state"] for one in expected] == ["withdrawn", "withdrawn"]
    assert [one.fee[0]["state"] for one in expected] == ["cancelled", "paid"]
    assert [(row["state"], row["opened"]) for one in expected for row in one.case] == [
        ("closed", False),
        ("closed", True),
    ]
    assert [await story(whole, walk.application_id) for walk in (billed, judged)] == expected

    before = await whole.insides.business()
    assert sorted((await redrive(whole, both))["settled"]) == sorted(both)
    await whole.insides.publish([redrive_said_again(letter) for letter in (first, second)])
    await whole.insides.at_rest()
    after = await whole.insides.business()
    asked_for = {"ops.requests", "ops.request_keys"}
    assert {name: rows for name, rows in after.items() if name not in asked_for} == {
        name: rows for name, rows in before.items() if name not in asked_for
    }
    assert +whole.died == {}


def redrive_said_again(letter: dict[str, Any]) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    """The record of a redrive, as the console says it, with an id of its own."""
    event = RedriveRequested(
        consumer=letter["consumer"],
        topic=letter["topic"],
        letter_key=letter["key"],
        message_ids=(UUID(letter["message_id"]),),
    )
    envelope = Envelope[RedriveRequested](
        id=uuid4(),
        time=datetime.now(UTC),
        source="ops",
        type=event.TYPE,
        correlation_id=uuid4(),
        causation_id=None,
        data=event,
    )
    return event.TOPIC.name, event.key.encode(), envelope.model_dump_json().encode(), headers(envelope, "test")


async def test_redriven_after_the_persons_erasure_it_does_nothing(whole: Whole) -> None:
    walk = await ready_to_submit(whole, "erased")
    await walk.submit()
    me = walk.applicant.person_id
    async with refusing(whole, "badging", "badges", walk.application_id):
        await walk.judge(whole.people["chair@example.org"])
        (letter,) = await letters(whole, "badging", 1)
        broken = (
            PersonErased.TOPIC.name,
            me.encode(),
            b'{"name": "Erased Example"}',
            [("type", b"intake.person.described.v1")],
        )
        await whole.insides.publish([broken])
        (personal,) = [one for one in await letters(whole, "badging", 2) if one["id"] != letter["id"]]
        tombstone = PersonErased(person_id=UUID(me))
        envelope = Envelope[PersonErased](
            id=uuid4(),
            time=datetime.now(UTC),
            source="intake",
            type=tombstone.TYPE,
            correlation_id=uuid4(),
            causation_id=None,
            data=tombstone,
        )
        await whole.insides.publish([(PersonErased.TOPIC.name, me.encode(), None, headers(envelope, "test"))])
        await whole.insides.at_rest()
    kept = await whole.insides.rows("badging", "SELECT topic, payload FROM held ORDER BY topic")
    assert [(row["topic"], row["payload"] is None) for row in kept] == [
        ("intake.people", True),
        ("review.cases", False),
    ]

    everybodys = [
        found["id"] for consumer in ("payments", "review", "notify") for found in await letters(whole, consumer, 1)
    ]
    await redrive(whole, [letter["id"], personal["id"], *everybodys])
    await until_nothing_is_held(whole)

    found = await story(whole, walk.application_id)
    assert (found.application["state"], found.application["badge"]) == ("awarded", False)
    assert found.badges == {}
    assert "badging.badge.issued.v1" not in (await said(whole, walk.application_id)).values()
    verdicts = await whole.insides.rows("badging", "SELECT verdict FROM decisions WHERE person_id = $1::text::uuid", me)
    assert verdicts == [{"verdict": "person_erased"}]
    assert await whole.insides.value("badging", "SELECT email FROM people WHERE person_id = $1::text::uuid", me) == ""
    assert +whole.died == {}
