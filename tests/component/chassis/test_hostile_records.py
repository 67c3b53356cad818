"""Harmful records, sent on purpose or by mistake. Each has an outcome at once, and everything that is stored or said
about it is valid."""

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from chassis import people
from chassis.database.outbox import unpack_headers
from chassis.database.transaction import Tx
from chassis.kafka.brake import Brake
from chassis.kafka.handling import Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.outcome import MOST_INDEXED, NotYet, Record
from contracts.events.intake import IntakeApplicationsEvent
from contracts.events.ops import DiscardRequested, RedriveRequested
from contracts.topics import TOPICS
from tests.component.chassis.conftest import MakeToy, Toy, described, fee_due

ADA = uuid4()
NOISE = random.Random(1).randbytes(900_000)
"""Bytes that cannot be compressed, as an index would."""


def hears(toy: Toy, patience: float = 0.2, **on: Callable[..., Awaitable[None]]) -> None:
    """Let it hear with these functions in place of its own."""
    handlers = {"intake.applications": toy.on_applications, "intake.people": people.project}
    named = {f"intake.{topic}": handler for topic, handler in on.items()}
    toy.inbox = Inbox("payments", toy.database, Handlers(handlers | named), Brake("payments", toy.database), patience)


async def keep_number(tx: Tx) -> None:
    await tx.execute("INSERT INTO positions VALUES ('x', 'x', 0, $1)", 2**63)


async def keep_nul(tx: Tx) -> None:
    await tx.execute("INSERT INTO faults VALUES ($1, $2)", uuid4(), "Ada\x00Lovelace")


async def keep_too_much(tx: Tx) -> None:
    await tx.execute("CREATE INDEX ON faults (type)")
    await tx.execute("INSERT INTO faults VALUES ($1, $2)", uuid4(), f"Ada{NOISE.hex()}")


async def keep_half_a_character(tx: Tx) -> None:
    await tx.execute("INSERT INTO faults VALUES ($1, $2)", uuid4(), "Ada Lovelace \ud800")


async def keep_text_as_number(tx: Tx) -> None:
    await tx.execute("INSERT INTO faults SELECT $1, 'x' WHERE $2::text::int = 1", uuid4(), "Ada Lovelace")


async def keep_another_type(tx: Tx) -> None:
    await tx.execute("INSERT INTO faults VALUES ($1, 'x')", "Ada Lovelace")


@pytest.mark.parametrize(
    "keep", [keep_number, keep_nul, keep_too_much, keep_half_a_character, keep_text_as_number, keep_another_type]
)
async def test_what_the_database_refuses_for_what_it_is_becomes_a_dead_letter_at_once_and_is_not_quoted(
    make_toy: MakeToy, keep: Any
) -> None:
    toy = await make_toy()
    bad, good, tries = fee_due(ADA), fee_due(ADA), 0

    async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
        nonlocal tries
        if event == bad:
            tries += 1
            await keep(tx)
        await toy.on_applications(tx, event)

    hears(toy, patience=60, applications=on_applications)
    await toy.take(toy.record(described(ADA)), toy.record(bad), toy.record(good))
    assert tries == 2  # with its batch, and alone
    assert await toy.seen() == {good.application_id: ["fee_due"]}
    ((state, behind, error),) = await toy.letters()
    assert (state, behind) == ("dead", False)
    (copy,) = await toy.copies()
    assert "Ada" not in error + copy["dlq-error"]


async def test_a_held_record_that_the_database_refuses_is_buried_at_once(make_toy: MakeToy) -> None:
    toy = await make_toy()
    await toy.take(toy.record(fee_due(ADA)))
    toy.raises = lambda event: OverflowError("date value out of range")
    toy.inbox.patience = 60
    await toy.take(toy.record(described(ADA)))
    assert await toy.letters() == [("dead", False, "OverflowError: date value out of range")]


@pytest.mark.parametrize(
    "key",
    [NOISE, NOISE.hex().encode(), b"k" * 900_000, "\u00e9\U0001f600".encode() * 5_000, b"\x00" * 600],
    ids=range(5),
)
async def test_a_huge_key_is_held_behind_and_given_up_like_any_other(make_toy: MakeToy, key: bytes) -> None:
    toy = await make_toy()
    bad = [toy.record(fee_due(ADA), key=key, value=b"{}") for _ in range(2)]
    await toy.take(*bad)
    await toy.take(toy.record(fee_due(ADA), key=key + b"!", value=b"{}"))
    await toy.take(toy.record(fee_due(ADA), key=key))
    rows = await toy.database.pool.fetch('SELECT message_id, key, raw_key, behind FROM held ORDER BY "offset"')
    assert [row["raw_key"] for row in rows] == [key, key, key + b"!", key]
    assert [row["behind"] for row in rows] == [False, True, False, True]
    names = [row["key"] for row in rows]
    assert ({len(name) for name in names}, len(set(names)), {names[0], names[1], names[3]}) == (
        {MOST_INDEXED},
        2,
        {names[0]},
    )
    keys = await toy.database.pool.fetch("SELECT key FROM outbox WHERE topic = 'dlq.payments' ORDER BY id")
    assert [row["key"] for row in keys] == names
    as_the_console_reads_it = toy.record(fee_due(ADA), key=names[0].encode()).key_text
    ids = tuple(row["message_id"] for row in rows)
    await toy.ask(
        DiscardRequested(
            consumer="payments", topic="intake.applications", letter_key=as_the_console_reads_it, message_ids=ids
        )
    )
    await toy.ask(
        RedriveRequested(
            consumer="payments", topic="intake.applications", letter_key=as_the_console_reads_it, message_ids=ids
        )
    )
    assert [row["raw_key"] for row in await toy.database.pool.fetch("SELECT raw_key FROM held")] == [key + b"!"]


async def test_what_waits_for_a_thing_of_any_length_is_found_when_it_comes(make_toy: MakeToy) -> None:
    toy = await make_toy()
    thing, here = f"credential/{NOISE.hex()[:9_000]}\x00/1", False

    async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
        if not here:
            raise NotYet(thing)
        await toy.on_applications(tx, event)

    async def on_people(tx: Tx, event: Any) -> None:
        await people.project(tx, event)
        tx.arrived(thing)

    hears(toy, applications=on_applications, people=on_people)
    due = fee_due(ADA)
    await toy.take(toy.record(due))
    assert await toy.letters() == [("waiting", False, "")]
    here = True
    await toy.take(toy.record(described(ADA)))
    assert (await toy.letters(), await toy.seen()) == ([], {due.application_id: ["fee_due"]})


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": tuple((f"h{n}", b"\xff" * 9) for n in range(100_000))},
        {"headers": (("n" * 1_000_000, b""),)},
        {"headers": (("n", NOISE),)},
        {"headers": (("n", NOISE[:32_000]), ("\u00e9\x00", b"\x00")), "value": NOISE},
        {"headers": (), "value": NOISE + NOISE[:140_000]},
        {"key": NOISE},
        {"key": NOISE, "value": None},
        {"value": b'{"type": "intake.application.fee_due.v1", "data": {"' + b"x" * 500_000 + b'": 1}}'},
    ],
    ids=range(8),
)
async def test_the_copy_of_any_dead_letter_is_a_record_that_kafka_takes(
    make_toy: MakeToy, changes: dict[str, object]
) -> None:
    toy = await make_toy()
    record = toy.record(fee_due(ADA), **{"value": b"{}", **changes})
    await toy.take(record)
    (row,) = await toy.database.pool.fetch("SELECT * FROM outbox WHERE topic = 'dlq.payments'")
    size = DefaultRecordBatchBuilder.estimate_size_in_bytes(
        row["key"].encode(), row["payload"], unpack_headers(row["headers"])
    )
    assert size < int(TOPICS["dlq.payments"].settings["max.message.bytes"])
    (held,) = await toy.database.pool.fetch("SELECT raw_key, headers, payload FROM held")
    assert (held["raw_key"], held["payload"], unpack_headers(held["headers"])) == (
        record.key,
        record.value,
        list(record.headers),
    )


async def test_a_record_that_breaks_kafkas_own_rules_is_a_dead_letter_and_its_neighbours_are_not(
    make_toy: MakeToy,
) -> None:
    toy = await make_toy()
    good, fault = fee_due(ADA), "the name of a header is not UTF-8: \\xff"
    await toy.take(toy.record(described(ADA)), toy.record(fee_due(ADA), fault=fault), toy.record(good))
    assert (await toy.letters(), await toy.seen()) == ([("dead", False, fault)], {good.application_id: ["fee_due"]})


@pytest.mark.parametrize(
    "parent",
    [
        b"\xff" * 55,
        "\u00e9".encode() * 27 + b"x",
        b"00-" + b"0" * 32 + b"-" + b"1" * 16 + b"-01",
        b"00-" + b"G" * 32 + b"-" + b"1" * 16 + b"-01",
        b"x" * 90_000,
    ],
    ids=range(5),
)
async def test_a_trace_that_is_none_is_not_told_on(make_toy: MakeToy, parent: bytes) -> None:
    toy = await make_toy()
    record = toy.record(fee_due(ADA))
    await toy.take(toy.record(described(ADA)), replace(record, headers=(*record.headers, ("traceparent", parent))))
    (row,) = await toy.database.pool.fetch("SELECT headers FROM outbox")
    (said,) = [value for name, value in unpack_headers(row["headers"]) if name == "traceparent"]
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", said)
    assert said[3:35] not in parent


@pytest.mark.parametrize(
    "changes",
    [
        {"letter_key": "a\x00b"},
        {"topic": NOISE.hex()},
        {"letter_key": NOISE.hex()[:400_000], "message_ids": (ADA,) * 9_000},
    ],
    ids=range(3),
)
async def test_what_nobody_can_have_asked_for_changes_nothing_and_those_who_ask_are_heard(
    make_toy: MakeToy, changes: dict[str, Any]
) -> None:
    toy = await make_toy()
    await toy.take(toy.record(fee_due(ADA), key=b"k", value=b"{}"))
    (message_id,) = [row["message_id"] for row in await toy.database.pool.fetch("SELECT message_id FROM held")]
    fields: dict[str, Any] = {
        "consumer": "payments",
        "topic": "intake.applications",
        "letter_key": "k",
        "message_ids": (message_id,),
    }
    toy.control.patience = 60
    await toy.control.take([toy.record(DiscardRequested(**(fields | changes)))])
    await toy.ask(DiscardRequested(**fields))
    held = await toy.database.pool.fetch(
        "SELECT topic, state FROM held WHERE message_id = $1 OR topic <> 'ops.redrives'", message_id
    )
    assert [tuple(row) for row in held] == []


async def test_the_journal_keeps_its_neighbours_when_one_record_cannot_be_kept(make_toy: MakeToy) -> None:
    toy = await make_toy()
    kept: list[int] = []

    async def keep(tx: Tx, records: list[Record]) -> None:
        for record in records:
            if record.value == b"bad":
                await keep_nul(tx)
        kept.extend(record.offset for record in records)

    handlers = Handlers({}, raw=keep, raw_topics=["intake.applications"])
    toy.inbox = Inbox("payments", toy.database, handlers, Brake("payments", toy.database), patience=60)
    await toy.take(*[toy.record(fee_due(ADA), key=NOISE, value=value) for value in (b"1", b"bad", b"2")])
    assert (kept, [state for state, _, _ in await toy.letters()]) == ([0, 2], ["dead"])
