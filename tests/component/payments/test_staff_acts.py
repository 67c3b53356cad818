"""Staff waive a fee, or give its payment back: of an application and of a renewal, by API and by page."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.claims import Money
from contracts.events.applications import ApplicationLapsed
from contracts.events.payments import FeeRefunded, FeeWaived
from contracts.events.people import PersonErased
from services.payments import usecases
from tests.component.payments.conftest import Till
from tests.component.payments.test_pages import BROWSER, cookie, fee_page, headline, look, words
from tests.component.payments.test_renewals import asked, pay
from tests.component.payments.test_withdrawals import refunds

REASON = {"reason": "Periwinkle hardship"}
JOBS = (usecases.EVENTS, usecases.CHARGES, usecases.REFUNDS)


@pytest.fixture
async def staff(till: Till) -> UUID:
    return await till.service.add_person(roles=("staff",))


async def send(till: Till, who: UUID, path: str, body: Any = REASON, **headers: str) -> httpx.Response:
    return await till.service.client.post(
        f"/api/payments/{path}", json=body, headers=till.service.session_for(who) | headers
    )


async def post(till: Till, who: UUID, path: str, form: dict[str, str]) -> httpx.Response:
    """A form of a page."""
    return await till.service.client.post(f"/payments/{path}", data=form, headers=BROWSER | cookie(till, who))


async def of_application(till: Till, staff: UUID, fee_id: UUID) -> list[dict[str, Any]]:
    """The fees of an application, as staff see them."""
    answer = await till.service.client.get(f"/api/payments/{fee_id}/fees", headers=till.service.session_for(staff))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def headline_es(answer: httpx.Response) -> str:
    """The heading of a page in Spanish."""
    assert '<html lang="es">' in answer.text
    return answer.text.partition("<h1>")[2].partition("</h1>")[0]


async def test_a_renewal_is_waived(till: Till, staff: UUID) -> None:
    application, person, renewal = await asked(till)
    answer = await send(till, staff, f"{renewal}/waiver", **{"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["state"], answer.json()["purpose"]) == (200, "waived", "renewal")
    again = await send(till, staff, f"{renewal}/waiver", **{"Idempotency-Key": "one"})
    assert (again.status_code, again.json()) == (200, answer.json())
    twice = await send(till, staff, f"{renewal}/waiver")
    assert (twice.status_code, twice.json()["detail"]) == (
        409,
        "The fee is waived, so it cannot be waived. Only a fee that is due can be waived.",
    )
    (waived,) = await till.service.events(FeeWaived)
    assert waived == FeeWaived(
        application_id=application, person_id=person, amount=Money(amount_minor=6000), purpose="renewal", fee_id=renewal
    )
    assert ("waiver", 6000) in await till.books(application)
    assert (await till.check_out(renewal, person)).status_code == 409
    page = await fee_page(till, renewal, person)
    assert "The program waived your renewal fee. Your application is carried over to the next period." in words(page)
    own, its_renewal = await of_application(till, staff, renewal)
    assert (own["fee_id"], own["state"], own["can"], own["acts"]) == (str(application), "paid", ["refund"], [])
    assert (its_renewal["fee_id"], its_renewal["can"]) == (str(renewal), [])
    assert [(act["kind"], act["actor"], act["reason"]) for act in its_renewal["acts"]] == [
        ("waiver", str(staff), REASON["reason"])
    ]


async def test_the_payment_of_a_renewal_is_given_back(till: Till, staff: UUID) -> None:
    application, person, renewal = await asked(till)
    session = await pay(till, renewal, person)
    part = await send(till, staff, f"{renewal}/refunds", REASON | {"amount_minor": 100})
    assert (part.status_code, part.json()["errors"]) == (
        422,
        [{"field": "amount_minor", "message": "must be 6000, or left out"}],
    )
    answer = await send(till, staff, f"{renewal}/refunds", REASON | {"amount_minor": 6000})
    assert (answer.status_code, answer.json()["state"]) == (200, "refunding")
    assert "The program’s staff gives it back." in words(await fee_page(till, renewal, person))
    await till.run(*JOBS)
    await till.run(*JOBS)
    assert ((await till.shown(renewal, person))["state"], await refunds(till, session)) == ("refunded", [6000])
    assert "The program’s staff gave it back." in words(await fee_page(till, renewal, person))
    (back,) = await till.service.events(FeeRefunded)
    assert (back.application_id, back.purpose, back.fee_id, back.reason, back.remaining_minor) == (
        application,
        "renewal",
        renewal,
        "staff",
        0,
    )
    assert (await till.shown(application, person))["state"] == "paid"
    assert sorted(kind for kind, _ in await till.books(application)) == sorted(
        ["fee_due", "payment", "stripe_fee"] * 2 + ["credit_note", "refund"]
    )
    assert (await send(till, staff, f"{renewal}/refunds")).status_code == 409
    assert (await till.check_out(renewal, person)).status_code == 409
    # The application ends later: nothing more happens to what went back.
    await till.service.deliver(
        ApplicationLapsed(
            application_id=application, person_id=person, credential="community-partnerships", credential_version=1
        )
    )
    assert (await till.shown(renewal, person))["state"] == "refunded"


async def test_the_fee_of_an_application_is_waived_or_given_back_likewise(till: Till, staff: UUID) -> None:
    application, person = await till.due()
    assert (await send(till, staff, f"{application}/refunds")).status_code == 409
    session = await till.opened(application, person)
    assert (await send(till, staff, f"{application}/waiver")).status_code == 200
    # The page at Stripe was still open: what is paid there goes back, and the fee stays waived.
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    await till.run(*JOBS)
    assert ((await till.shown(application, person))["state"], await refunds(till, session)) == ("waived", [6000])
    assert await till.said(application) == [("waived", 6000), ("waived", 0)]
    assert "Your payment was given back" in words(await fee_page(till, application, person))

    other, payer = await till.due()
    session = await till.paid(other, payer)
    assert (await send(till, staff, f"{other}/waiver")).status_code == 409
    assert (await send(till, staff, f"{other}/refunds")).status_code == 200
    await till.withdraw(other, payer)
    await till.run(*JOBS)
    assert (await till.said(other), await refunds(till, session)) == ([("paid", 6000), ("staff", 0)], [6000])


async def test_a_refund_that_stripe_refuses_is_for_a_person(till: Till, staff: UUID) -> None:
    application, person = await till.due()
    await till.paid(application, person)
    await send(till, staff, f"{application}/refunds")
    pool = till.service.database.pool
    intent = await pool.fetchval("SELECT payment_intent FROM payments WHERE application_id = $1", application)
    await till.service.database.write(lambda tx: usecases.fail_refund(tx, application, intent, "card closed"))
    shown = await till.shown(application, person)
    assert (shown["state"], shown["alert"]) == ("refunding", "refund_failed")
    assert headline(await fee_page(till, application, person)) == "Your payment could not be given back yet"
    page = await look(till, f"/payments/{application}/staff", staff)
    assert "Stripe could not give a payment back." in words(page)


async def test_of_two_at_once_one_waives_and_a_payment_at_that_moment_is_not_lost(till: Till, staff: UUID) -> None:
    application, _ = await till.due()
    answers = await asyncio.gather(*(send(till, staff, f"{application}/waiver") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert await till.service.database.pool.fetchval("SELECT count(*) FROM staff_acts") == 1
    assert await till.said(application) == [("waived", 6000)]

    other, person = await till.due()
    session = await till.opened(other, person)
    await till.pay(session)
    notices = await till.notices(session)
    answer, *_ = await asyncio.gather(send(till, staff, f"{other}/waiver"), *(till.tell(one) for one in notices))
    await till.run(*JOBS)
    state = (await till.shown(other, person))["state"]
    assert (answer.status_code, state, await refunds(till, session)) in [(200, "waived", [6000]), (409, "paid", [])]


async def test_by_page(till: Till, staff: UUID) -> None:
    application, person, renewal = await asked(till)
    page = await look(till, f"/payments/{renewal}/staff", staff)
    assert (page.status_code, headline(page)) == (200, "Renewal fee")
    assert "The application is carried over to the next period, as if the fee were paid." in words(page)
    assert f'href="/staff/applications/{application}"' in page.text
    assert f'href="/payments/{application}/staff"' in page.text
    assert "Give the payment back" in words(await look(till, f"/payments/{application}/staff", staff))
    empty = await post(till, staff, f"{renewal}/staff/waiver", {"reason": ""})
    assert (empty.status_code, 'aria-invalid="true"' in empty.text) == (422, True)
    done = await post(till, staff, f"{renewal}/staff/waiver", REASON)
    assert (done.status_code, done.headers["location"]) == (303, f"/payments/{renewal}/staff")
    late = await post(till, staff, f"{renewal}/staff/refund", REASON)
    assert (late.status_code, "there is no payment to give back" in late.text) == (409, True)
    after = words(await look(till, f"/payments/{renewal}/staff", staff))
    assert f"The fee was waived: {REASON['reason']}" in after
    assert "There is nothing to waive, and no payment to give back." in after
    assert (await post(till, staff, f"{application}/staff/refund", REASON)).status_code == 303
    spaniard = await till.service.add_person(roles=("staff",), language="es")
    assert headline_es(await look(till, f"/payments/{application}/staff", spaniard)) == "Tarifa de solicitud"
    await till.run(*JOBS)
    assert (await till.shown(application, person))["state"] == "refunded"


async def test_nobody_but_staff(till: Till) -> None:
    application, person = await till.due()
    unknown, staff = uuid4(), await till.service.add_person(roles=("admin",))
    for who in (person, await till.service.add_person(roles=("reviewer", "chair", "operator"))):
        for path in (f"{application}/waiver", f"{application}/refunds"):
            assert (await send(till, who, path)).status_code == 403
        for path in (f"/payments/{application}/staff", f"/api/payments/{application}/fees"):
            assert (await look(till, path, who)).status_code == 403
        for act in ("waiver", "refund"):
            assert (await post(till, who, f"{application}/staff/{act}", REASON)).status_code == 403
    for path in (f"{unknown}/waiver", f"{unknown}/refunds"):
        assert (await send(till, staff, path)).status_code == 404
    assert (await look(till, f"/payments/{unknown}/staff", staff)).status_code == 404
    for body in ({}, {"reason": " "}, {"reason": "x" * 2001}, {"reason": "a\x00b"}, REASON | {"amount_minor": "all"}):
        assert (await send(till, staff, f"{application}/refunds", body)).status_code == 422
    assert (await till.shown(application, person))["state"] == "due"


async def test_the_reason_goes_with_the_person(till: Till, staff: UUID) -> None:
    application, person = await till.due()
    await send(till, staff, f"{application}/waiver")
    await till.service.deliver(PersonErased(person_id=person))
    rows = await till.service.database.pool.fetch("SELECT kind, reason FROM staff_acts")
    assert [tuple(row) for row in rows] == [("waiver", "")]
    assert "The fee was waived" in words(await look(till, f"/payments/{application}/staff", staff))
