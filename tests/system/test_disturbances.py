"""Messages that come twice, ten times, late, never, in another order, or broken lead to the same final state, and no
other key is touched."""

import asyncio
import json
import random
import re
from collections import Counter, defaultdict
from typing import Any
from uuid import uuid4

import pytest

from contracts.dead_letters import LetterHeaders
from contracts.event import EVENTS
from contracts.topics import CONSUMERS, OPS_PULSES, OPS_REDRIVES, TOPICS
from devstack.insides import HEARD
from devstack.journey import FUNDAMENTALS
from devstack.walk import Walk, whole_journey
from tests.system.story import story
from tests.system.whole import Whole

pytestmark = [pytest.mark.timeout(600), pytest.mark.long]

AS_AT_FIRST = {"copies": 1, "delay_ms": 0, "shuffle": False, "drop": 0.0}


async def paid_application(whole: Whole, name: str) -> str:
    """The id of an application whose applicant has paid and waits."""
    walk = Walk(await whole.world.sign_in(f"{name}@example.org", name.title()), FUNDAMENTALS)
    await walk.start()
    await walk.pay()
    return walk.application_id


async def until_stripe_has_nothing_to_send(whole: Whole) -> None:
    async def nothing_pending() -> bool:
        found = (await whole.world.request("GET", "stripe", "/sandbox/webhooks", ok=True)).body
        return bool(found["pending"] == 0)

    await whole.world.until("the end of the webhooks", nothing_pending)


@pytest.mark.parametrize(
    "disturbances",
    [
        {"copies": 10, "shuffle": True, "delay_ms": 300},
        {"copies": 3, "shuffle": True, "drop": 0.5},
        {"drop": 1.0},
    ],
    ids=["ten-times-late-in-disorder", "half-lost", "all-lost"],
)
async def test_webhooks_that_are_disturbed_end_as_those_that_are_not(
    whole: Whole, disturbances: dict[str, Any]
) -> None:
    kind = "-".join(disturbances)
    quiet = await paid_application(whole, f"quiet-{kind}")
    await whole.world.request("PUT", "stripe", "/sandbox/webhooks", json=AS_AT_FIRST | disturbances, ok=True)
    try:
        disturbed = await asyncio.gather(*(paid_application(whole, f"disturbed-{kind}-{n}") for n in range(4)))
        await until_stripe_has_nothing_to_send(whole)
    finally:
        await whole.world.request("PUT", "stripe", "/sandbox/webhooks", json=AS_AT_FIRST, ok=True)
    await whole.insides.at_rest()

    expected = await story(whole, quiet)
    assert expected.application["state"] == "open"
    assert expected.charges == {"amount=6000 refunded=0": 1}
    assert expected.said["payments.fee.paid.v1"] == 1
    for application_id in disturbed:
        assert await story(whole, application_id) == expected


async def test_everything_said_once_more_in_another_order_over_topics_changes_nothing(whole: Whole) -> None:
    chair = whole.people["chair@example.org"]
    await whole_journey(whole.world, chair, "again@example.org", FUNDAMENTALS)
    withdrawn = Walk(await whole.world.sign_in("gone@example.org", "Gone"), FUNDAMENTALS)
    await withdrawn.start()
    await withdrawn.pay()
    await withdrawn.applicant.do("POST", "intake", f"/api/applications/{withdrawn.application_id}/withdrawal")
    refused = Walk(await whole.world.sign_in("not-yet@example.org", "Not Yet"), FUNDAMENTALS)
    await refused.start()
    await refused.pay()
    await refused.assess()
    await refused.hand_in()
    await refused.submit()
    await refused.judge(chair, "not_yet", {"roles": "not-demonstrated"})
    await refused.until_state("not_yet")
    await whole.insides.at_rest()
    before, said, charges, mails = (
        await whole.insides.business(),
        await whole.insides.records(),
        await whole.charges(),
        await mail_count(whole),
    )
    assert len(said) > 60
    assert mails > 10

    lanes: dict[tuple[str, bytes | None], list[Any]] = defaultdict(list)
    for record in said:
        lanes[record.topic, record.key].append(record)
    turns = [lane for lane, records in lanes.items() for _ in records]
    random.Random(4).shuffle(turns)
    again = [lanes[lane].pop(0) for lane in turns]
    await whole.insides.publish([(one.topic, one.key, one.value, list(one.headers)) for one in again])
    await whole.insides.at_rest()

    assert len(await whole.insides.records()) == 2 * len(said)
    assert await whole.insides.business() == before
    assert await whole.charges() == charges
    assert await mail_count(whole) == mails
    assert await whole.insides.held() == {}
    assert +whole.died == {}


async def test_lost_offsets_change_nothing_even_where_the_inbox_has_forgotten(whole: Whole) -> None:
    await whole_journey(whole.world, whole.people["chair@example.org"], "reread@example.org", FUNDAMENTALS)
    await whole.insides.at_rest()
    before, said, mails = await whole.insides.business(), await whole.insides.records(), await mail_count(whole)
    async with whole.down(*CONSUMERS):
        for consumer in CONSUMERS:
            assert (
                int((await whole.insides.pools[consumer].execute("DELETE FROM inbox WHERE status = 'done'")).split()[1])
                > 0
                or consumer == "ops"
            )
        await asyncio.gather(
            *(whole.insides.rewind(consumer, HEARD[consumer] - {OPS_REDRIVES.name}) for consumer in CONSUMERS)
        )

    expected = {
        consumer: {"behind_position": sum(one.topic in HEARD[consumer] - {OPS_REDRIVES.name} for one in said)}
        for consumer in CONSUMERS
    }

    async def all_read_again() -> bool:
        return all(
            [sum((await outcomes(whole, name)).values()) >= sum(counts.values()) for name, counts in expected.items()]
        )

    await whole.world.until("the end of the reading", all_read_again)
    # A rebalance after the start may give a consumer its last batch twice, so there may be more, but nothing else.
    assert {consumer: set(await outcomes(whole, consumer)) for consumer in CONSUMERS} == {
        consumer: set(counts) for consumer, counts in expected.items()
    }
    await whole.insides.at_rest()
    assert await whole.insides.business() == before
    assert len(await whole.insides.records()) == len(said)
    assert await mail_count(whole) == mails


async def outcomes(whole: Whole, service: str) -> Counter[str]:
    """Records by what became of them, since this process began; pulses, which come by the clock, are left out."""
    found: Counter[str] = Counter()
    text = (await whole.world.request("GET", service, "/metrics", ok=True)).body.decode()
    for outcome, topic, count in re.findall(
        rf'^microcred_records_total{{consumer="{service}",outcome="(\w+)",topic="([^"]*)"}} (\S+)$', text, re.MULTILINE
    ):
        if topic != OPS_PULSES.name:
            found[outcome] += int(float(count))
    return found


async def mail_count(whole: Whole) -> int:
    return int(
        (await whole.world.request("GET", "mailbox", "/api/v1/messages", params={"limit": "1"}, ok=True)).body["total"]
    )


def bodies(topic: str) -> list[tuple[str, bytes | None, list[tuple[str, bytes]]]]:
    """Records that no contract allows, by their fault: value and headers."""
    known = next(name for name, event in EVENTS.items() if event.TOPIC.name == topic and not event.TOMBSTONE)
    lacking = {
        "id": str(uuid4()),
        "time": "2026-01-01T00:00:00Z",
        "source": "x",
        "type": known,
        "correlation_id": str(uuid4()),
        "data": {},
    }
    found: list[tuple[str, bytes | None, list[tuple[str, bytes]]]] = [
        ("unknown", json.dumps(lacking | {"type": f"{topic}.imagined.v9"}).encode(), []),
        ("lacking", json.dumps(lacking).encode(), [("type", known.encode())]),
        ("garbage", b"\x00\xff not JSON", [("type", known.encode())]),
    ]
    return found if TOPICS[topic].compacted else [*found, ("empty", None, [("id", str(uuid4()).encode())])]


async def test_what_fits_no_contract_has_its_outcome_on_every_topic_and_its_neighbours_are_untouched(
    whole: Whole,
) -> None:
    chair, operator = whole.people["chair@example.org"], whole.people["operator@example.org"]
    await whole.insides.at_rest()
    before = await whole.insides.business()
    keys = {topic: str(uuid4()).encode() for topic in TOPICS}
    spoken = [topic for topic in TOPICS if not topic.startswith("dlq.")]
    injected = [(topic, fault, value, headers) for topic in spoken for fault, value, headers in bodies(topic)]
    injected += [(topic, "stray", b"a stray thing", []) for topic in TOPICS if topic.startswith("dlq.")]
    places = await whole.insides.publish(
        [(topic, keys[topic], value, headers) for topic, _, value, headers in injected]
    )
    await whole.insides.at_rest()

    dead = {
        name: rows
        for name, rows in (await whole.insides.business()).items()
        if name.endswith(".held") or name == "ops.letters"
    }
    assert {name: rows for name, rows in (await whole.insides.business()).items() if name not in dead} == {
        name: rows for name, rows in before.items() if name not in dead
    }
    for consumer in CONSUMERS:
        hears = {OPS_REDRIVES.name} if consumer == "ops" else HEARD[consumer]
        expected = {
            place: value
            for (topic, fault, value, _), place in zip(injected, places, strict=True)
            if topic in hears and fault != "unknown"
        }
        held = await whole.insides.rows(consumer, 'SELECT topic, partition, "offset", state, error, payload FROM held')
        assert {(row["topic"], row["partition"], row["offset"]): row["payload"] for row in held} == expected
        assert all(row["state"] == "dead" for row in held)
        said = {row["error"] for row in held if row["error"]}
        assert any("does not fit" in text and "Field required" in text for text in said)
        unknown = await whole.insides.rows(consumer, "SELECT topic, type FROM unknown_records")
        assert {row["topic"]: row["type"] for row in unknown} == {topic: f"{topic}.imagined.v9" for topic in hears}
        copies = [
            record for record in await whole.insides.records([f"dlq.{consumer}"]) if record.value != b"a stray thing"
        ]
        marks = [
            LetterHeaders.model_validate({name: raw.decode() for name, raw in record.headers}) for record in copies
        ]
        told = {(one.topic, one.partition, one.offset): record.value for one, record in zip(marks, copies, strict=True)}
        assert told == {place: None if TOPICS[place[0]].personal else value for place, value in expected.items()}

    walk = await whole_journey(whole.world, chair, "neighbour@example.org", FUNDAMENTALS)
    await whole.insides.at_rest()
    assert (await walk.application())["state"] == "awarded"

    letters = await letters_shown(whole)
    assert Counter(letter["consumer"] for letter in letters) == {
        consumer: len(rows) for consumer, rows in (await whole.insides.held()).items()
    }
    discard = {"ids": [letter["id"] for letter in letters], "reason": "injected by a test"}
    await operator.do("POST", "ops", "/api/ops/dead-letters/discard", json=discard)

    async def all_gone() -> bool:
        return not await whole.insides.held() and not await letters_shown(whole)

    await whole.world.until("the end of the letters", all_gone)
    assert +whole.died == {}


async def letters_shown(whole: Whole) -> list[dict[str, Any]]:
    operator, found, after = whole.people["operator@example.org"], [], ""
    while True:
        page = await operator.do(
            "GET", "ops", "/api/ops/dead-letters", params={"limit": "200"} | ({"after": after} if after else {})
        )
        found += page["items"]
        if page["next"] is None:
            return found
        after = page["next"]
