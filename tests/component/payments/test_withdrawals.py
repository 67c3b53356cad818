"""Facts cannot be refused: a payment for a withdrawn application, or a second payment, goes back whole."""

from datetime import timedelta

import pytest

from services.payments import usecases
from tests.component.payments.conftest import Till

JOBS = (usecases.EVENTS, usecases.CHARGES, usecases.REFUNDS)


async def refunds(till: Till, session_id: str) -> list[int]:
    """What Stripe gave back of what was paid in a session."""
    auth = ("sk_test_1", "")
    intent = (await till.sandbox.get(f"/v1/checkout/sessions/{session_id}", auth=auth)).json()["payment_intent"]
    found = (await till.sandbox.get("/v1/refunds", params={"payment_intent": intent}, auth=auth)).json()["data"]
    return [refund["amount"] for refund in found]


async def test_a_payment_of_a_withdrawn_application_goes_back(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    assert (await till.shown(application, person))["state"] == "cancelled"
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    await till.run(*JOBS)
    shown = await till.shown(application, person)
    assert (shown["state"], shown["refunded"]["amount_minor"], await refunds(till, session)) == (
        "refunded",
        6000,
        [6000],
    )
    assert await till.said(application) == [("withdrawn", 0)]
    assert await till.books(application) == [
        ("credit_note", 6000),
        ("fee_due", 6000),
        ("payment", 6000),
        ("refund", 6000),
        ("stripe_fee", 204),
    ]
    answer = await till.check_out(application, person)
    assert (answer.status_code, answer.json()["type"]) == (409, "wrong_state")


async def test_it_goes_back_too_where_the_withdrawal_is_heard_of_late(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    withdrawn_at = till.service.clock()
    till.service.clock.move(seconds=5)
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    assert await till.said(application) == [("paid", 6000)]
    await till.withdraw(application, person, at=withdrawn_at)
    await till.run(*JOBS)
    assert ((await till.shown(application, person))["state"], await refunds(till, session)) == ("refunded", [6000])
    assert await till.said(application) == [("paid", 6000), ("withdrawn", 0)]


async def test_a_withdrawal_after_the_payment_gives_nothing_back(till: Till) -> None:
    application, person = await till.due()
    session = await till.paid(application, person)
    await till.withdraw(application, person, at=till.service.clock() + timedelta(seconds=1))
    await till.run(*JOBS)
    assert ((await till.shown(application, person))["state"], await refunds(till, session)) == ("paid", [])
    assert await till.said(application) == [("paid", 6000)]


async def test_a_withdrawal_without_a_fee_does_nothing(till: Till) -> None:
    application, person = await till.due()
    other = await till.service.add_person()
    await till.withdraw(other, other)
    assert (await till.shown(application, person))["state"] == "due"
    assert (await till.said(other), await till.service.database.pool.fetchval("SELECT count(*) FROM held")) == ([], 0)


async def test_a_withdrawal_said_ten_times_is_one(till: Till) -> None:
    application, person = await till.due()
    for _ in range(10):
        await till.withdraw(application, person)
    assert await till.books(application) == [("credit_note", 6000), ("fee_due", 6000)]


async def test_the_second_of_two_payments_goes_back_and_the_fee_stays_paid(till: Till) -> None:
    application, person = await till.due()
    first = await till.opened(application, person)
    # A second page can only be open where we took the first for closed.
    await till.service.database.pool.execute("UPDATE checkouts SET state = 'closed'")
    second = await till.opened(application, person)
    assert first != second
    for session in (first, second):
        await till.pay(session)
        for event in await till.notices(session):
            await till.tell(event)
    await till.run(*JOBS)
    shown = await till.shown(application, person)
    assert (shown["state"], shown["refunded"]["amount_minor"]) == ("paid", 0)
    assert (await refunds(till, first), await refunds(till, second)) == ([], [6000])
    assert await till.said(application) == [("paid", 6000), ("paid_twice", 6000)]
    moved = [
        ("fee_due", 6000),
        ("payment", 6000),
        ("payment", 6000),
        ("refund", 6000),
        ("stripe_fee", 204),
        ("stripe_fee", 204),
    ]
    assert await till.books(application) == moved


async def test_a_wrong_payment_goes_back_when_the_application_is_withdrawn(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    event["data"]["object"]["amount_total"] = 5999
    await till.tell(event)
    await till.withdraw(application, person)
    await till.run(*JOBS)
    assert ((await till.shown(application, person))["state"], await refunds(till, session)) == ("refunded", [5999])


async def test_a_refund_that_stripe_refuses_is_left_to_a_person(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    event["data"]["object"]["payment_intent"] = "pi_that_is_not_there"
    await till.tell(event)
    await till.run(usecases.REFUNDS)
    shown = await till.shown(application, person)
    assert (shown["state"], shown["alert"], await till.said(application)) == ("cancelled", "refund_failed", [])
    assert till.errors() == ["Stripe does not give a payment back", "a payment needs a person"]


@pytest.mark.parametrize("fault", ["answer_lost", "answer_cut", "answer_late", "down", "broken"])
async def test_a_refund_that_is_broken_off_is_one_in_the_end(till: Till, fault: str) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    till.proxy.faults += [fault]
    await till.run(usecases.REFUNDS)
    assert till.proxy.faults == []
    till.service.clock.move(seconds=10)
    await till.run(usecases.REFUNDS, usecases.REFUNDS)
    assert ((await till.shown(application, person))["state"], await refunds(till, session)) == ("refunded", [6000])
    assert await till.said(application) == [("withdrawn", 0)]


async def test_a_refund_that_was_made_elsewhere_counts_once(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.withdraw(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    await till.tell(event)
    intent = event["data"]["object"]["payment_intent"]
    await till.sandbox.post("/v1/refunds", data={"payment_intent": intent}, auth=("sk_test_1", ""))
    await till.run(*JOBS)
    assert ((await till.shown(application, person))["state"], await refunds(till, session)) == ("refunded", [6000])
    assert await till.said(application) == [("withdrawn", 0)]
