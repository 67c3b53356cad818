"""From a due fee to a paid one, over HTTP, Kafka and Stripe's webhooks, with PostgreSQL and a Stripe sandbox."""

import asyncio
from uuid import uuid4

from contracts.claims import Money
from services.payments import usecases
from tests.component.payments.conftest import Till, fee_due


async def test_a_fee_is_paid(till: Till) -> None:
    application, person = await till.due()
    assert await till.shown(application, person) == {
        "application_id": str(application),
        "purpose": "application",
        "fee_id": str(application),
        "state": "due",
        "amount": {"amount_minor": 6000, "currency": "usd"},
        "refunded": {"amount_minor": 0, "currency": "usd"},
    }
    await till.paid(application, person)
    assert await till.said(application) == [("paid", 6000)]
    await till.run()
    shown = await till.shown(application, person)
    assert (shown["state"], shown["refunded"]["amount_minor"], shown["receipt_url"][:4]) == ("paid", 0, "http")
    assert await till.books(application) == [("fee_due", 6000), ("payment", 6000), ("stripe_fee", 204)]
    charges = (
        await till.sandbox.get(
            "/v1/charges", params={"metadata[application_id]": str(application)}, auth=("sk_test_1", "")
        )
    ).json()["data"]
    assert [(charge["amount"], charge["status"], charge["metadata"]["application_id"]) for charge in charges] == [
        (6000, "succeeded", str(application))
    ]


async def test_what_is_said_belongs_to_the_story_of_the_application(till: Till) -> None:
    application, person, story = uuid4(), await till.service.add_person(), uuid4()
    await till.service.deliver(till.service.envelope(fee_due(application, person), correlation_id=story))
    await till.paid(application, person)
    assert [(one.type, one.correlation_id) for one in await till.service.said()] == [("payments.fee.paid.v1", story)]


async def test_a_second_call_while_a_page_is_open_gives_the_same(till: Till) -> None:
    application, person = await till.due()
    first, second = await till.check_out(application, person), await till.check_out(application, person, json={})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert [call["idempotency_key"] for call in await till.asked("/v1/checkout/sessions", application)] == [
        f"{application}:checkout:1"
    ]


async def test_two_calls_at_once_open_one_page(till: Till) -> None:
    application, person = await till.due()
    answers = await asyncio.gather(*(till.check_out(application, person) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["url"] for answer in answers}) == 1


async def test_the_same_idempotency_key_gives_the_same_answer_even_when_paid(till: Till) -> None:
    application, person = await till.due()
    key = {"Idempotency-Key": "once"}
    first = await till.check_out(application, person, headers=key, json={})
    session = first.json()["url"].rpartition("/")[2]
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    again = await till.check_out(application, person, headers=key, json={})
    assert (again.status_code, again.json()) == (201, first.json())
    other = await till.check_out(application, person, headers=key)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_an_expired_page_is_followed_by_another(till: Till) -> None:
    application, person = await till.due()
    first = await till.opened(application, person)
    await till.sandbox.post(f"/sandbox/sessions/{first}/abandon")
    for event in await till.notices(first):
        await till.tell(event)
    second = await till.opened(application, person)
    assert second != first
    keys = [call["idempotency_key"] for call in await till.asked("/v1/checkout/sessions", application)]
    assert keys == [f"{application}:checkout:1", f"{application}:checkout:2"]


async def test_a_page_whose_time_is_over_is_asked_about_before_another_opens(till: Till) -> None:
    application, person = await till.due()
    first = await till.opened(application, person)
    await till.pay(first)
    till.service.clock.move(hours=24, minutes=1)
    answer = await till.check_out(application, person)
    assert (answer.status_code, answer.json()["type"]) == (409, "wrong_state")
    assert await till.said(application) == [("paid", 6000)]


async def test_a_declined_card_leaves_the_page_open(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    assert (await till.pay(session, "4000000000000002")).status_code == 402
    assert await till.opened(application, person) == session
    assert (await till.pay(session)).status_code == 200
    for event in await till.notices(session):
        await till.tell(event)
    assert (await till.shown(application, person))["state"] == "paid"


async def test_refusals_change_nothing(till: Till) -> None:
    application, person = await till.due()
    stranger = await till.service.add_person()
    client = till.service.client
    unknown = await till.check_out(uuid4(), person)
    foreign = await till.check_out(application, stranger)
    read = await client.get(f"/api/payments/{application}", headers=till.service.session_for(stranger))
    assert [(answer.status_code, answer.json()["type"]) for answer in (unknown, foreign, read)] == [
        (404, "not_found")
    ] * 3
    assert {answer.json()["detail"] for answer in (unknown, foreign, read)} == {unknown.json()["detail"]}
    nobody = await client.post(f"/api/payments/{application}/checkout")
    assert (nobody.status_code, nobody.json()["type"]) == (401, "not_signed_in")
    code = await till.check_out(application, person, json={"promotion_code": "WELCOME100"})
    assert (code.status_code, code.json()["errors"]) == (
        422,
        [{"field": "promotion_code", "message": "is not known here; remove it"}],
    )
    odd = await client.get("/api/payments/not-a-uuid", headers=till.service.session_for(person))
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "application_id")
    assert await till.asked("/v1/checkout/sessions", application) == []
    assert (await till.shown(application, person))["state"] == "due"


async def test_a_paid_fee_cannot_be_paid_again(till: Till) -> None:
    application, person = await till.due()
    await till.paid(application, person)
    answer = await till.check_out(application, person)
    assert (answer.status_code, answer.json()["type"]) == (409, "wrong_state")
    assert (
        answer.json()["detail"] == "The fee is paid. You do not have to pay anything more. Go on with your application."
    )


async def test_a_fee_of_nothing_is_paid_at_once(till: Till) -> None:
    application, person = await till.due(fee=Money(amount_minor=0))
    assert (await till.shown(application, person))["state"] == "paid"
    assert (await till.said(application), await till.books(application)) == ([("paid", 0)], [])


async def test_a_fee_due_said_ten_times_is_one(till: Till) -> None:
    application, person = uuid4(), await till.service.add_person()
    envelope = till.service.envelope(fee_due(application, person))
    await till.service.deliver(*[envelope] * 10)
    await till.service.deliver(fee_due(application, person, Money(amount_minor=1)))
    assert ((await till.shown(application, person))["amount"]["amount_minor"], await till.books(application)) == (
        6000,
        [("fee_due", 6000)],
    )


async def test_erasure_takes_addresses_and_leaves_the_books(till: Till) -> None:
    from contracts.events.people import PersonErased

    application, person = await till.due()
    await till.paid(application, person)
    await till.run(usecases.CHARGES)
    before = await till.books(application)
    await till.service.deliver(PersonErased(person_id=person))
    rows = await till.service.database.pool.fetch(
        "SELECT receipt_url FROM payments UNION ALL SELECT url FROM checkouts"
    )
    assert [row[0] for row in rows] == [None, None]
    assert await till.books(application) == before
    gone = await till.service.client.get(f"/api/payments/{application}", headers=till.service.session_for(person))
    assert gone.status_code == 401
