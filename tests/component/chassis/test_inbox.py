"""The outcomes of records: each one of ARCHITECTURE section 3 that needs no Kafka."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest

from chassis.database.outbox import TooLarge
from chassis.database.transaction import KeyNotLocked, Tx
from chassis.kafka import redrive
from chassis.kafka.brake import Brake
from chassis.kafka.handling import Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.outcome import Record
from contracts.claims import Money
from contracts.events.ops import DiscardRequested, RedriveRequested, ResumeRequested
from contracts.events.payments import FeePaid
from tests.component.chassis.conftest import MakeToy, described, erased, fee_due, withdrawn

ADA = uuid4()


async def test_a_batch_is_handled_in_order_and_its_positions_advance(make_toy: MakeToy) -> None:
    toy = await make_toy()
    first, second = fee_due(ADA), fee_due(ADA)
    await toy.take(
        toy.record(described(ADA)),
        toy.record(first),
        toy.record(second),
        toy.record(withdrawn(ADA, first.application_id)),
    )
    assert await toy.seen() == {first.application_id: ["fee_due", "withdrawn"], second.application_id: ["fee_due"]}
    assert await toy.paid() == [first.application_id, second.application_id]
    rows = await toy.database.pool.fetch("SELECT topic, partition, next_offset FROM positions ORDER BY topic")
    assert [tuple(row) for row in rows] == [("intake.applications", 0, 3), ("intake.people", 0, 1)]


async def test_a_message_that_comes_ten_times_is_handled_once(make_toy: MakeToy) -> None:
    toy = await make_toy()
    due = fee_due(ADA)
    record = toy.record(due)
    await toy.take(toy.record(described(ADA)), record, toy.again(record))
    for _ in range(8):
        await toy.take(toy.again(record))
    assert await toy.seen() == {due.application_id: ["fee_due"]}
    assert await toy.paid() == [due.application_id]


async def test_an_offset_behind_the_position_is_skipped_even_with_a_new_id(make_toy: MakeToy) -> None:
    toy = await make_toy()
    await toy.take(toy.record(described(ADA)), toy.record(fee_due(ADA)))
    late = toy.record(fee_due(ADA), offset=0)
    await toy.take(late)
    assert len(await toy.seen()) == 1
    assert await toy.database.pool.fetchval("SELECT count(*) FROM inbox") == 2


async def test_events_caused_by_one_message_have_the_same_ids_whenever_it_is_handled(make_toy: MakeToy) -> None:
    due, message_id = fee_due(ADA), uuid4()
    said = []
    for _ in range(2):
        toy = await make_toy()
        await toy.take(toy.record(described(ADA)), toy.record(due, id=message_id))
        said.append(await toy.database.pool.fetchval("SELECT convert_from(payload, 'UTF8')::json->>'id' FROM outbox"))
    assert said[0] == said[1]


async def test_a_broken_body_is_a_dead_letter_with_its_bytes_and_its_neighbours_are_untouched(
    make_toy: MakeToy,
) -> None:
    toy = await make_toy()
    before, after = fee_due(ADA), fee_due(ADA)
    broken = toy.record(fee_due(ADA), value=b'{"id": "no"')
    await toy.take(toy.record(described(ADA)), toy.record(before), broken, toy.record(after))
    assert set(await toy.seen()) == {before.application_id, after.application_id}
    row = await toy.database.pool.fetchrow('SELECT state, payload, error, partition, "offset" FROM held')
    assert (row["state"], row["payload"], row["partition"], row["offset"]) == ("dead", b'{"id": "no"', 0, broken.offset)
    assert "does not fit intake.application.fee_due.v1" in row["error"]
    (copy,) = await toy.copies()
    assert (copy["dlq-topic"], copy["dlq-offset"], copy["dlq-outcome"]) == (
        "intake.applications",
        str(broken.offset),
        "filed",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"value": b""},
        {"value": b"\xff\xfe\x00"},
        {"value": b"\x00" * 10},
        {"value": b"[" * 100_000},
        {"value": None},
        {"value": b"null"},
        {"key": b"\x00\xff"},
        {"key": None},
        {"headers": (("type", b"\xff\x00"), ("id", b"\x00"))},
        {"headers": ()},
    ],
    ids=str,
)
async def test_hostile_records_never_stop_the_consumer(make_toy: MakeToy, changes: dict[str, object]) -> None:
    toy = await make_toy()
    good = fee_due(ADA)
    await toy.take(toy.record(described(ADA)), toy.record(fee_due(ADA), **changes), toy.record(good))
    assert good.application_id in await toy.seen()
    filed = await toy.database.pool.fetchval(
        "SELECT (SELECT count(*) FROM held) + (SELECT count(*) FROM unknown_records) + (SELECT count(*) - 1 FROM seen)"
    )
    assert filed == 1


async def test_an_unknown_type_is_noted_with_its_place(make_toy: MakeToy) -> None:
    toy = await make_toy()
    record = toy.record(fee_due(ADA))
    record = toy.record(fee_due(ADA), headers=(("type", b"intake.application.teleported.v1"),))
    await toy.take(record)
    rows = await toy.database.pool.fetch('SELECT topic, partition, "offset", type FROM unknown_records')
    assert [tuple(row) for row in rows] == [
        ("intake.applications", 0, record.offset, "intake.application.teleported.v1")
    ]


async def test_a_record_waits_for_its_person_and_what_comes_later_of_its_key_waits_behind_it(make_toy: MakeToy) -> None:
    toy = await make_toy()
    due = fee_due(ADA)
    await toy.take(toy.record(due))
    await toy.take(toy.record(withdrawn(ADA, due.application_id)), toy.record(fee_due(uuid4())))
    assert await toy.seen() == {}
    assert sorted(await toy.letters()) == [("waiting", False, ""), ("waiting", False, ""), ("waiting", True, "")]
    await toy.take(toy.record(described(ADA)))
    assert await toy.seen() == {due.application_id: ["fee_due", "withdrawn"]}
    assert await toy.letters() == [("waiting", False, "")]
    assert await toy.copies() == []


async def test_one_batch_in_the_wrong_order_ends_like_the_right_order(make_toy: MakeToy) -> None:
    toy = await make_toy()
    due = fee_due(ADA)
    await toy.take(toy.record(due), toy.record(withdrawn(ADA, due.application_id)), toy.record(described(ADA)))
    assert await toy.seen() == {due.application_id: ["fee_due", "withdrawn"]}
    assert await toy.letters() == []


async def test_what_arrives_at_the_moment_of_waiting_is_not_missed(make_toy: MakeToy) -> None:
    toy = await make_toy()
    for _ in range(30):
        person, other = uuid4(), toy.new_inbox()
        due = fee_due(person)
        await asyncio.gather(toy.inbox.take([toy.record(due)]), other.take([toy.record(described(person))]))
        assert (await toy.seen())[due.application_id] == ["fee_due"]
    assert await toy.letters() == []


async def test_a_handler_that_writes_before_it_waits_leaves_nothing(make_toy: MakeToy) -> None:
    toy = await make_toy()
    toy.dirty = True
    await toy.take(toy.record(fee_due(ADA)), toy.record(fee_due(ADA)))
    assert await toy.database.pool.fetchval("SELECT count(*) FROM faults") == 0
    assert await toy.letters() == [("waiting", False, "")] * 2


async def test_what_waits_a_day_becomes_a_dead_letter(make_toy: MakeToy) -> None:
    toy = await make_toy()
    await toy.take(toy.record(fee_due(ADA)))
    await redrive.jobs(toy.inbox)[1].run(toy.database)
    assert [state for state, _, _ in await toy.letters()] == ["waiting"]
    await toy.database.pool.execute("UPDATE held SET at = at - interval '25 hours'")
    await redrive.jobs(toy.inbox)[1].run(toy.database)
    assert await toy.letters() == [("dead", False, f"person/{ADA} never came")]


async def test_a_failing_record_is_tried_again_then_buried_and_holds_its_key_only(make_toy: MakeToy) -> None:
    toy = await make_toy()
    bad, good = fee_due(ADA), fee_due(ADA)
    tries = 0

    def raises(event: object) -> Exception | None:
        nonlocal tries
        if event != bad:
            return None
        tries += 1
        return RuntimeError("no such luck")

    toy.raises = raises
    await toy.take(
        toy.record(described(ADA)), toy.record(bad), toy.record(withdrawn(ADA, bad.application_id)), toy.record(good)
    )
    await toy.take(toy.record(withdrawn(ADA, good.application_id)))
    assert tries > 2
    assert await toy.seen() == {good.application_id: ["fee_due", "withdrawn"]}
    assert await toy.letters() == [("dead", False, "RuntimeError: no such luck"), ("dead", True, "")]


async def _one_dead_with_one_behind(make_toy: MakeToy) -> tuple:  # type: ignore[type-arg]
    toy = await make_toy()
    bad = fee_due(ADA)
    toy.raises = lambda event: RuntimeError("no") if event == bad else None
    record = toy.record(bad)
    await toy.take(toy.record(described(ADA)), record, toy.record(withdrawn(ADA, bad.application_id)))
    toy.raises = lambda event: None
    ids = await toy.database.pool.fetch('SELECT message_id FROM held ORDER BY "offset"')
    return toy, bad, [row["message_id"] for row in ids]


async def test_a_letter_redriven_late_ends_like_the_undisturbed_run_and_twice_is_once(make_toy: MakeToy) -> None:
    toy, bad, ids = await _one_dead_with_one_behind(make_toy)
    ask = RedriveRequested(consumer="payments", topic="intake.applications", letter_key=bad.key, message_ids=(ids[0],))
    await toy.ask(ask)
    await toy.ask(ask)
    assert await toy.seen() == {bad.application_id: ["fee_due", "withdrawn"]}
    assert await toy.paid() == [bad.application_id]
    assert await toy.letters() == []
    assert [copy["dlq-outcome"] for copy in await toy.copies()] == ["filed", "filed", "redriven", "redriven"]


async def test_a_redrive_that_fails_again_keeps_the_letter_and_the_order(make_toy: MakeToy) -> None:
    toy, bad, ids = await _one_dead_with_one_behind(make_toy)
    toy.raises = lambda event: ValueError("still no") if event == bad else None
    await toy.ask(
        RedriveRequested(consumer="payments", topic="intake.applications", letter_key=bad.key, message_ids=tuple(ids))
    )
    assert await toy.letters() == [("dead", False, "ValueError: still no"), ("dead", True, "")]
    assert await toy.seen() == {}
    toy.raises = lambda event: ValueError("second no") if event != bad else None
    await toy.ask(
        RedriveRequested(consumer="payments", topic="intake.applications", letter_key=bad.key, message_ids=tuple(ids))
    )
    assert await toy.letters() == [("dead", False, "ValueError: second no")]
    assert await toy.seen() == {bad.application_id: ["fee_due"]}


async def test_discarding_a_letter_lets_the_key_go_on(make_toy: MakeToy) -> None:
    toy, bad, ids = await _one_dead_with_one_behind(make_toy)
    await toy.ask(
        DiscardRequested(consumer="payments", topic="intake.applications", letter_key=bad.key, message_ids=(ids[0],))
    )
    assert await toy.seen() == {bad.application_id: ["withdrawn"]}
    assert await toy.letters() == []
    assert await toy.database.pool.fetchval("SELECT status FROM inbox WHERE message_id = $1", ids[0]) == "discarded"


async def test_requests_for_another_consumer_do_nothing(make_toy: MakeToy) -> None:
    toy, bad, ids = await _one_dead_with_one_behind(make_toy)
    await toy.ask(
        RedriveRequested(consumer="review", topic="intake.applications", letter_key=bad.key, message_ids=tuple(ids))
    )
    assert len(await toy.letters()) == 2


async def test_erasure_takes_the_bytes_of_held_personal_records_and_nothing_revives(make_toy: MakeToy) -> None:
    toy = await make_toy()
    await toy.take(toy.record(described(ADA, 2)), toy.record(described(ADA, 3), value=b'{"name": "Ada Lovelace"}'))
    assert await toy.database.pool.fetchval("SELECT payload FROM held") == b'{"name": "Ada Lovelace"}'
    await toy.take(toy.record(erased(ADA)), toy.record(described(ADA, 9)))
    row = await toy.database.pool.fetchrow("SELECT version, erased, name, email FROM people")
    assert tuple(row) == (2, True, "", "")
    assert await toy.database.pool.fetchval("SELECT payload FROM held") is None
    assert b"Ada" not in b"".join(
        row["payload"] or b"" for row in await toy.database.pool.fetch("SELECT payload FROM outbox")
    )
    ids = [row["message_id"] for row in await toy.database.pool.fetch("SELECT message_id FROM held")]
    await toy.ask(
        RedriveRequested(consumer="payments", topic="intake.people", letter_key=str(ADA), message_ids=tuple(ids))
    )
    assert await toy.letters() == []
    assert tuple(await toy.database.pool.fetchrow("SELECT version, erased, name, email FROM people")) == (
        2,
        True,
        "",
        "",
    )


async def test_a_deadlock_runs_the_batch_again(make_toy: MakeToy) -> None:
    toy = await make_toy()
    due, tries = fee_due(ADA), []

    def raises(event: object) -> Exception | None:
        tries.append(event)
        return asyncpg.DeadlockDetectedError("lost") if len(tries) == 1 else None

    toy.raises = raises
    await toy.take(toy.record(described(ADA)), toy.record(due))
    assert len(tries) == 2
    assert await toy.seen() == {due.application_id: ["fee_due"]}


async def test_too_many_dead_letters_in_a_row_stop_the_consumer_until_an_operator_resumes_it(make_toy: MakeToy) -> None:
    toy = await make_toy(limit=3)
    await toy.take(toy.record(described(ADA)))
    await toy.take(*[toy.record(fee_due(ADA), value=b"{}") for _ in range(3)])
    good = fee_due(ADA)
    taking = asyncio.create_task(toy.take(toy.record(good)))
    done, _ = await asyncio.wait([taking], timeout=0.3)
    assert not done
    assert toy.inbox.brake.on
    await toy.control.take([toy.record(ResumeRequested(consumer="payments"))])
    await asyncio.wait_for(taking, 5)
    assert await toy.seen() == {good.application_id: ["fee_due"]}


async def test_a_resumed_consumer_says_so_before_the_next_record_comes(make_toy: MakeToy) -> None:
    toy = await make_toy(limit=2)
    await toy.take(toy.record(described(ADA)), *[toy.record(fee_due(ADA), value=b"{}") for _ in range(2)])
    assert (toy.inbox.brake.on, await toy.inbox.brake.look()) == (True, False)
    await toy.control.take([toy.record(ResumeRequested(consumer="payments"))])
    assert (await toy.inbox.brake.look(), toy.inbox.brake.on) == (True, False)


async def test_dead_letters_between_handled_records_do_not_stop_it(make_toy: MakeToy) -> None:
    toy = await make_toy(limit=3)
    await toy.take(toy.record(described(ADA)))
    for _ in range(5):
        await toy.take(toy.record(fee_due(ADA), value=b"{}"), toy.record(fee_due(ADA)))
    assert not toy.inbox.brake.on


async def test_many_at_once_is_the_same_as_one_by_one(make_toy: MakeToy) -> None:
    toy = await make_toy()
    toy.inbox = toy.new_inbox(many=True)
    dues = [fee_due(ADA) for _ in range(5)]
    record = toy.record(dues[0])
    await toy.take(
        toy.record(described(ADA)),
        record,
        toy.again(record),
        *[toy.record(due) for due in dues[1:]],
        toy.record(withdrawn(ADA, dues[0].application_id)),
    )
    assert await toy.paid() == [due.application_id for due in dues]
    assert (await toy.seen())[dues[0].application_id] == ["fee_due", "withdrawn"]


async def test_emitting_without_the_lock_of_the_key_is_refused(make_toy: MakeToy) -> None:
    toy = await make_toy()
    due = fee_due(ADA)
    with pytest.raises(KeyNotLocked, match="lock that row"):
        async with toy.database.transaction() as tx:
            await tx.emit(FeePaid(application_id=due.application_id, person_id=ADA, amount=Money(amount_minor=1)))
    with pytest.raises(KeyNotLocked, match="FOR UPDATE"):
        async with toy.database.transaction() as tx:
            await tx.lock(due.application_id, "SELECT 1")


async def test_an_event_of_more_than_half_a_megabyte_is_refused(make_toy: MakeToy) -> None:
    toy = await make_toy()
    due = fee_due(ADA)
    large = FeePaid(
        application_id=due.application_id, person_id=ADA, amount=Money(amount_minor=1), receipt_url="x" * 600_000
    )

    async def say() -> None:
        async with toy.database.transaction() as tx:
            await tx.lock(
                due.application_id,
                "INSERT INTO seen (application_id) VALUES ($1) RETURNING application_id",
                due.application_id,
            )
            await tx.emit(large)

    with pytest.raises(TooLarge, match="object store"):
        await say()
    assert await toy.seen() == {}


async def test_a_function_of_many_may_wait_for_what_is_missing(make_toy: MakeToy) -> None:
    toy = await make_toy()
    toy.inbox = toy.new_inbox(many=True)
    dues = [fee_due(ADA) for _ in range(3)]
    await toy.take(*[toy.record(due) for due in dues])
    assert await toy.letters() == [("waiting", False, "")] * 3
    await toy.take(toy.record(described(ADA)))
    assert sorted(await toy.paid()) == sorted(due.application_id for due in dues)


async def test_a_dead_letter_does_not_quote_the_row_that_failed(make_toy: MakeToy) -> None:
    toy = await make_toy()
    await toy.database.pool.execute("ALTER TABLE people ADD CHECK (name <> 'Ada')")
    await toy.take(toy.record(described(ADA)))
    ((_, _, error),) = await toy.letters()
    assert error.startswith("CheckViolationError: ")
    assert "Ada" not in error
    assert "ada@example.org" not in str(await toy.copies())


async def test_a_raw_record_that_failed_can_be_redriven(make_toy: MakeToy) -> None:
    toy = await make_toy()
    kept: list[int] = []
    broken = True

    async def keep(_: Tx, records: Sequence[Record]) -> None:
        if broken:
            raise RuntimeError("no room")
        kept.extend(record.offset for record in records)

    toy.inbox = Inbox(
        "payments",
        toy.database,
        Handlers({}, raw=keep, raw_topics=["intake.applications"]),
        Brake("payments", toy.database),
        patience=0.1,
    )
    record = toy.record(fee_due(ADA), value=b"\xff")
    await toy.take(record)
    broken = False
    (message_id,) = [row["message_id"] for row in await toy.database.pool.fetch("SELECT message_id FROM held")]
    await toy.ask(
        RedriveRequested(
            consumer="payments", topic="intake.applications", letter_key=record.key_text, message_ids=(message_id,)
        )
    )
    assert kept == [record.offset]
    assert await toy.letters() == []
