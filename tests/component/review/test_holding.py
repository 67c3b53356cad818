"""After waiting for the lock of a case, a transaction sees its newest state, also of its seats, although one statement
reads both."""

import asyncio
from uuid import UUID

import pytest

from chassis.database.transaction import KeyNotLocked, Overtaken
from services.review.domain import cases, seats
from services.review.domain.cases import Case
from services.review.store import cases as store
from tests.component.review.bench_of_judges import Bench
from tests.waiting import until_one_waits


async def _held(bench: Bench, case: str) -> Case:
    async with bench.one.database.transaction() as tx:
        found = await store.load(tx, UUID(case))
    assert found is not None
    return found.case


async def test_who_waited_sees_the_seats_as_they_are_now(bench: Bench) -> None:
    case, _ = await bench.case()
    async with bench.one.database.transaction() as tx:
        found = await store.load(tx, UUID(case))
        assert found is not None
        before = found.case
        waits = asyncio.create_task(_held(bench, case))
        await until_one_waits(bench.one.database)
        seat = cases.seat_of(before, bench.ann)
        assert seat is not None
        await store.save(tx, before, cases.with_seat(before, seats.declare(seat, conflict=False)))
    after = await waits
    seated = cases.seat_of(after, bench.ann)
    assert (before.version, after.version) == (1, 2)
    assert (seat.state, seated.state if seated else None) == ("assigned", "declared_clear")


async def test_what_was_read_before_another_save_is_not_saved(bench: Bench) -> None:
    case, _ = await bench.case()
    stale = await _held(bench, case)
    await bench.declare(case, bench.ann)
    seat = cases.seat_of(stale, bench.ben)
    assert seat is not None
    with pytest.raises(Overtaken):
        async with bench.one.database.transaction() as tx:
            await store.save(tx, stale, cases.with_seat(stale, seats.declare(seat, conflict=False)))
    assert [each.state for each in (await _held(bench, case)).seats if each.person_id == bench.ben] == ["assigned"]


async def test_nothing_is_said_of_a_case_held_by_its_own_id_alone(bench: Bench) -> None:
    case, submitted = await bench.case()
    [opened, *_] = await bench.one.events()
    async with bench.one.database.transaction() as tx:
        await store.load(tx, UUID(case))
        with pytest.raises(KeyNotLocked):
            await tx.emit(opened)
    async with bench.one.database.transaction() as tx:
        await store.load(tx, submitted.application_id)
        await tx.emit(opened)
    assert (await bench.one.events())[-1] == opened
