"""Stripe's events: signed or not, ours or not, doubled, late, out of order, lost."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.claims import Money
from services.payments import usecases
from tests.component.payments.conftest import Till, fee_due

CHECKOUTS = "payments-checkouts"


async def stored(till: Till) -> list[tuple[str, str]]:
    rows = await till.service.database.pool.fetch(
        "SELECT type, state FROM stripe_events ORDER BY received_at, event_id"
    )
    return [(row["type"], row["state"]) for row in rows]


async def test_an_event_is_stored_before_it_is_worked_on(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    answer = await till.tell(event, work=False)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert (await stored(till), await till.said(application)) == ([("checkout.session.completed", "received")], [])
    await till.run(usecases.EVENTS)
    assert (await stored(till), await till.said(application)) == (
        [("checkout.session.completed", "done")],
        [("paid", 6000)],
    )


async def test_nothing_personal_is_stored_of_an_event(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    assert f"{person}@example.org" in str(event)
    await till.tell(event)
    row = await till.service.database.pool.fetchrow("SELECT to_jsonb(e)::text AS whole FROM stripe_events e")
    assert session in row["whole"]
    assert "example.org" not in row["whole"]


async def test_an_event_that_comes_ten_times_counts_once(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    assert {(await till.tell(event, work=n % 3 == 0)).status_code for n in range(10)} == {200}
    # The same fact under other ids, as Stripe may send it too.
    for n in range(3):
        await till.tell(event | {"id": f"evt_again_{n}_{session}"})
    await till.run(usecases.EVENTS, usecases.CHARGES, usecases.REFUNDS)
    assert await till.said(application) == [("paid", 6000)]
    assert await till.books(application) == [("fee_due", 6000), ("payment", 6000), ("stripe_fee", 204)]


async def test_an_event_before_its_fee_waits_for_it(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    pool = till.service.database.pool
    for table in ("ledger", "checkouts", "fees"):
        await pool.execute(f"DELETE FROM {table}")
    assert (await till.tell(event)).status_code == 200
    await till.run(usecases.EVENTS)
    assert (await stored(till), await till.said(application)) == ([("checkout.session.completed", "waiting")], [])
    await till.service.deliver(fee_due(application, person))
    await till.run(usecases.EVENTS)
    assert (await stored(till), await till.said(application)) == (
        [("checkout.session.completed", "done")],
        [("paid", 6000)],
    )
    assert (await till.shown(application, person))["state"] == "paid"


async def test_expired_after_completed_does_nothing(till: Till) -> None:
    application, person = await till.due()
    session = await till.paid(application, person)
    (event,) = await till.notices(session)
    late = event | {"id": f"evt_late_{session}", "type": "checkout.session.expired"}
    late["data"] = {"object": event["data"]["object"] | {"status": "expired", "payment_status": "unpaid"}}
    await till.tell(late)
    assert ((await till.shown(application, person))["state"], await till.said(application)) == (
        "paid",
        [("paid", 6000)],
    )


async def test_completed_after_expired_pays(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    early = event | {"id": f"evt_early_{session}", "type": "checkout.session.expired"}
    early["data"] = {"object": event["data"]["object"] | {"status": "expired", "payment_status": "unpaid"}}
    await till.tell(early)
    assert (await till.shown(application, person))["state"] == "due"
    await till.tell(event)
    assert ((await till.shown(application, person))["state"], await till.said(application)) == (
        "paid",
        [("paid", 6000)],
    )


async def test_a_lost_webhook_is_made_good_within_thirty_seconds(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.run(CHECKOUTS)
    await till.pay(session)
    for _ in range(5):  # it runs every 4 s and asks every 12
        till.service.clock.move(seconds=4)
        await till.run(CHECKOUTS)
    assert (await till.shown(application, person))["state"] == "paid"
    for event in await till.notices(session):
        await till.tell(event)
    assert await till.said(application) == [("paid", 6000)]
    rows = await till.service.said()
    story = await till.service.database.pool.fetchval(
        "SELECT correlation_id FROM fees WHERE application_id = $1", application
    )
    assert [one.correlation_id for one in rows] == [story]


async def test_a_page_that_nobody_pays_is_not_asked_about_too_often(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.sandbox.delete("/sandbox/requests")
    for _ in range(30):
        till.service.clock.move(seconds=4)
        await till.run(CHECKOUTS)
    asked = (await till.sandbox.get("/sandbox/requests", params={"path": f"/v1/checkout/sessions/{session}"})).json()[
        "items"
    ]
    assert len(asked) == 10
    await till.sandbox.post(f"/sandbox/sessions/{session}/abandon")
    for _ in range(6):
        till.service.clock.move(seconds=4)
        await till.run(CHECKOUTS)
    again = (await till.sandbox.get("/sandbox/requests", params={"path": f"/v1/checkout/sessions/{session}"})).json()[
        "items"
    ]
    assert len(again) == 11
    state = await till.service.database.pool.fetchval(
        "SELECT state FROM checkouts WHERE application_id = $1", application
    )
    assert state == "closed"


@pytest.mark.parametrize("fault", ["secret", "old", "body", "missing", "nonsense", "bytes"])
async def test_what_stripe_did_not_sign_is_refused(till: Till, fault: str) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    post = till.service.client.post
    match fault:
        case "secret":
            answer = await till.tell(event, secret="whsec_of_somebody_else")
        case "old":
            answer = await till.tell(event, at=int(time.time()) - 301)
        case "body":
            import stripe

            signature = stripe.WebhookSignature.generate_signature_header("{}", "whsec_for_tests")
            answer = await post("/webhooks/stripe", json=event, headers={"Stripe-Signature": signature})
        case "missing":
            answer = await post("/webhooks/stripe", json=event)
        case "nonsense":
            answer = await post("/webhooks/stripe", json=event, headers={"Stripe-Signature": "t=now,v1=yes"})
        case _:
            answer = await post("/webhooks/stripe", content=b"\xff\xfe", headers={"Stripe-Signature": "t=1,v1=yes"})
    assert (answer.status_code, answer.json()["type"]) == (400, "bad_signature")
    await till.run(usecases.EVENTS)
    assert (await stored(till), (await till.shown(application, person))["state"]) == ([], "due")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "customer.created"},
        {"data": {"object": {"id": "cs_other", "metadata": {}}}},
        {"data": {"object": {"id": "cs_other", "metadata": {"application_id": "not-a-uuid", "attempt": "1"}}}},
        {"data": None},
    ],
)
async def test_what_is_not_ours_is_acknowledged_and_dropped(till: Till, change: dict[str, object]) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    answer = await till.tell(event | change)
    assert (answer.status_code, list(answer.json())) == (200, ["received", "ignored"])
    assert await stored(till) == []


async def test_another_amount_than_the_fee_is_an_alert_and_pays_nothing(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    event["data"]["object"]["amount_total"] = 5999
    await till.tell(event)
    shown = await till.shown(application, person)
    assert (shown["state"], shown["alert"], await till.said(application)) == ("due", "wrong_amount", [])
    assert await till.books(application) == [("fee_due", 6000), ("payment", 5999)]
    assert till.errors() == ["a payment needs a person"]
    answer = await till.check_out(application, person)
    assert (answer.status_code, "staff" in answer.json()["detail"]) == (409, True)


async def test_another_currency_than_the_fees_is_an_alert(till: Till) -> None:
    application, person = await till.due(fee=Money(amount_minor=6000, currency="eur"))
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    event["data"]["object"]["currency"] = "usd"
    await till.tell(event)
    shown = await till.shown(application, person)
    assert (shown["state"], shown["alert"], await till.said(application)) == ("due", "wrong_amount", [])


async def test_an_event_that_fails_is_tried_again_and_then_left_to_a_person(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    pool = till.service.database.pool
    await pool.execute("ALTER TABLE payments ADD CONSTRAINT broken CHECK (amount_minor < 0)")
    await till.tell(event)
    assert await stored(till) == [("checkout.session.completed", "received")]
    for _ in range(usecases.TRIES):
        till.service.clock.move(hours=1)
        await till.run(usecases.EVENTS)
    assert await stored(till) == [("checkout.session.completed", "failed")]
    await till.run("payments-alerts")
    assert {what: count for what, count in (await counts(till)).items() if count} == {"event_failed": 1}
    assert till.errors() == ["a Stripe event failed"] * usecases.TRIES
    # The reconciliation does not depend on the event.
    await pool.execute("ALTER TABLE payments DROP CONSTRAINT broken")
    till.service.clock.move(minutes=1)
    await till.run(CHECKOUTS)
    assert await till.said(application) == [("paid", 6000)]


async def test_an_event_of_an_unknown_application_is_an_alert_after_a_day(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    await till.pay(session)
    (event,) = await till.notices(session)
    event["data"]["object"]["metadata"]["application_id"] = str(uuid4())
    await till.tell(event)
    assert (await counts(till))["event_of_unknown_application"] == 0
    till.service.clock.move(hours=24, seconds=1)
    assert (await counts(till))["event_of_unknown_application"] == 1


async def counts(till: Till) -> dict[str, int]:
    from services.payments import store

    async with till.service.database.transaction() as tx:
        return await store.payments.count_for_a_person(tx, tx.now - timedelta(hours=24))
