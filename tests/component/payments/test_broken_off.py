"""Crashes and faults between us and Stripe: everything that breaks off is continued, and done once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import asyncpg
import pytest

from chassis.database.pool import Database
from chassis.database.transaction import Overtaken, Tx
from contracts.refusals import WrongState
from services.payments import jobs, outside, store, usecases
from services.payments.domain import checkouts, fees
from tests.component.payments.conftest import Till

CHECKOUTS = "payments-checkouts"
T = TypeVar("T")


class Crash(BaseException):
    """The process ends here: nothing of ours gets to handle it."""


class CrashingDatabase(Database):
    """A database whose process dies at the end of its n-th write, before the commit."""

    def __init__(self, database: Database, dies_at: int) -> None:
        super().__init__(database.service, database.pool, database.clock)
        self.left = dies_at

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        self.left -= 1

        async def dying(tx: Tx) -> T:
            done = await work(tx)
            if self.left == 0:
                raise Crash
            return done

        return await super().write(dying)


async def states(till: Till, application: UUID) -> list[tuple[int, str]]:
    rows = await till.service.database.pool.fetch(
        "SELECT attempt, state FROM checkouts WHERE application_id = $1 ORDER BY attempt", application
    )
    return [(row["attempt"], row["state"]) for row in rows]


async def sessions(till: Till, application: UUID) -> int:
    """How many sessions Stripe has of this application."""
    found = await till.sandbox.get(
        "/v1/checkout/sessions", params={"limit": 100, "created[gte]": till.began}, auth=("sk_test_1", "")
    )
    return sum(session["client_reference_id"] == str(application) for session in found.json()["data"])


async def crash_while_opening(till: Till, application: UUID, person: UUID) -> None:
    """Stripe opened a page, and the process died before it noted so."""
    database = CrashingDatabase(till.service.database, dies_at=2)
    with pytest.raises(Crash):
        await outside.open_checkout(database, till.desk, application, person)


async def test_a_crash_between_call_and_answer_gives_the_same_page(till: Till) -> None:
    application, person = await till.due()
    await crash_while_opening(till, application, person)
    assert (await states(till, application), await sessions(till, application)) == ([(1, "opening")], 1)
    await till.opened(application, person)
    assert (await states(till, application), await sessions(till, application)) == ([(1, "open")], 1)


async def test_a_job_goes_on_with_a_page_that_was_broken_off(till: Till) -> None:
    application, person = await till.due()
    await crash_while_opening(till, application, person)
    till.service.clock.move(seconds=20)
    await till.run(CHECKOUTS)
    assert (await states(till, application), await sessions(till, application)) == ([(1, "open")], 1)


async def test_a_page_that_was_broken_off_and_paid_is_paid(till: Till) -> None:
    application, person = await till.due()
    await crash_while_opening(till, application, person)
    found = await till.sandbox.get("/v1/checkout/sessions", params={"limit": 100}, auth=("sk_test_1", ""))
    (session,) = [one["id"] for one in found.json()["data"] if one["client_reference_id"] == str(application)]
    await till.pay(session)
    for _ in range(2):  # the key's first answer says open; asked again, Stripe says paid
        till.service.clock.move(seconds=13)
        await till.run(CHECKOUTS)
    assert ((await till.shown(application, person))["state"], await till.said(application)) == (
        "paid",
        [("paid", 6000)],
    )


async def test_a_page_that_was_broken_off_is_not_opened_for_a_withdrawn_application(till: Till) -> None:
    application, person = await till.due()
    await crash_while_opening(till, application, person)
    await till.withdraw(application, person)
    till.service.clock.move(seconds=20)
    await till.run(CHECKOUTS)
    assert (await states(till, application), len(await till.asked("/v1/checkout/sessions", application))) == (
        [(1, "closed")],
        1,
    )


async def test_a_crash_after_the_payment_leaves_the_event_to_be_worked_on(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    await till.tell(event, work=False)
    job = till.service.running.jobs.jobs[usecases.EVENTS]
    with pytest.raises(Crash):
        await job.run(CrashingDatabase(till.service.database, dies_at=1))
    assert await till.said(application) == []
    await till.run(usecases.EVENTS)
    assert await till.said(application) == [("paid", 6000)]


async def test_what_stripe_took_is_booked_once_however_often_it_is_asked(till: Till) -> None:
    application, person = await till.due()
    await till.paid(application, person)
    job = till.service.running.jobs.jobs[usecases.CHARGES]
    await asyncio.gather(*(job.run(till.service.database) for _ in range(3)))
    assert await till.books(application) == [("fee_due", 6000), ("payment", 6000), ("stripe_fee", 204)]


@pytest.mark.parametrize("fault", ["down", "busy", "broken", "answer_lost", "answer_cut", "answer_late"])
async def test_stripe_away_is_503_and_the_next_call_goes_on(till: Till, fault: str) -> None:
    application, person = await till.due()
    till.proxy.faults.append(fault)
    answer = await till.check_out(application, person)
    assert (answer.status_code, answer.json()["type"], answer.headers["Retry-After"], till.proxy.faults) == (
        503,
        "stripe_away",
        "5",
        [],
    )
    await till.opened(application, person)
    assert (await states(till, application), await sessions(till, application)) == ([(1, "open")], 1)


async def test_a_key_that_keeps_an_error_is_followed_by_the_next_attempt(till: Till) -> None:
    application, person = await till.due()
    till.proxy.faults.append("kept_error")
    await till.opened(application, person)
    assert (await states(till, application), await sessions(till, application)) == ([(1, "closed"), (2, "open")], 1)


async def test_an_address_that_changed_meanwhile_opens_another_page(till: Till) -> None:
    application, person = await till.due()
    await crash_while_opening(till, application, person)
    await till.service.add_person(person, version=2, email="new@example.org")
    await till.opened(application, person)
    assert await states(till, application) == [(1, "closed"), (2, "open")]


async def test_a_key_of_a_refund_that_keeps_an_error_is_followed_by_another(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    await till.tell(event)
    till.proxy.faults.append("kept_error")
    await till.run(usecases.REFUNDS)
    till.service.clock.move(seconds=10)
    await till.run(usecases.REFUNDS)
    intent = event["data"]["object"]["payment_intent"]
    assert [call["idempotency_key"] for call in await till.asked("/v1/refunds", application)] == [
        f"{application}:refund-{intent}:2"
    ]
    assert await till.said(application) == [("withdrawn", 0)]


async def test_while_stripe_is_away_the_rest_is_not_asked(till: Till) -> None:
    for _ in range(8):
        application, person = await till.due()
        await till.opened(application, person)
    till.service.clock.move(seconds=20)
    till.proxy.faults += ["down"] * 100
    await till.run(CHECKOUTS)
    till.proxy.faults.clear()
    assert 1 <= sum(line["event"] == "Stripe cannot be reached" for line in till.logs) <= jobs.AT_ONCE
    again = await till.service.database.pool.fetch("SELECT ask_again_at FROM checkouts")
    assert all(row["ask_again_at"] > till.service.clock() for row in again)


async def test_a_fee_that_changed_since_it_was_loaded_is_not_overwritten(till: Till) -> None:
    application, _ = await till.due()
    async with till.service.database.transaction() as tx:
        fee = await store.fees.load(tx, application)
        assert fee is not None
        change = fees.withdraw(fee, tx.now)
        await store.fees.save(tx, change)
        with pytest.raises(Overtaken):
            await store.fees.save(tx, change)


async def test_no_page_is_begun_for_a_fee_that_was_withdrawn_meanwhile(till: Till) -> None:
    application, person = await till.due()
    turns = 0

    async def work(tx: Tx) -> None:
        nonlocal turns
        turns += 1
        fee = await store.fees.load(tx, application)
        assert fee is not None
        if turns == 1:
            await till.withdraw(application, person)
        fees.check_out(fee)
        attempt = checkouts.current(None, application)
        await store.checkouts.add(tx, attempt, fee, tx.now)

    with pytest.raises(WrongState, match="The fee is cancelled"):
        await till.service.database.write(work)
    assert (turns, await states(till, application)) == (2, [])


async def test_two_who_begin_at_once_get_one_attempt(till: Till) -> None:
    application, person = await till.due()
    database, pace = till.service.database, till.desk.pace
    pages = await asyncio.gather(
        *(database.write(lambda tx: usecases.begin_checkout(tx, application, person, pace)) for _ in range(6))
    )
    assert {page.checkout for page in pages} == {checkouts.Checkout(application, 1, checkouts.State.OPENING)}
    assert await states(till, application) == [(1, "opening")]


async def test_the_database_holds_one_page_and_one_payment_a_fee(till: Till) -> None:
    application, person = await till.due()
    await till.opened(application, person)
    pool = till.service.database.pool
    with pytest.raises(asyncpg.UniqueViolationError, match="checkouts_one_open"):
        await pool.execute(
            "INSERT INTO checkouts SELECT application_id, 2, 'opening', NULL, NULL, NULL, now(), now() FROM checkouts"
        )
    add = (
        "INSERT INTO payments SELECT $1, application_id, 6000, 'usd', 'kept', now(), now(),"
        " NULL, NULL, now(), NULL, 1, now() FROM fees"
    )
    await pool.execute(add, "pi_1")
    with pytest.raises(asyncpg.UniqueViolationError, match="payments_one_kept"):
        await pool.execute(add, "pi_2")
