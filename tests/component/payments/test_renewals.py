"""The renewal fee: a second fee of an application, with a page, payments and entries of its own."""

from uuid import UUID, uuid4

from contracts.claims import Money
from contracts.events.applications import ApplicationLapsed
from contracts.events.deadlines import ApplicationRenewalCancelled, ApplicationRenewalDue
from contracts.events.payments import FeePaid, FeeRefunded
from services.payments import usecases
from tests.component.payments.conftest import SIXTY, Till
from tests.component.payments.test_withdrawals import refunds

JOBS = (usecases.EVENTS, usecases.CHARGES, usecases.REFUNDS)


async def asked(till: Till, fee: Money = SIXTY) -> tuple[UUID, UUID, UUID]:
    """An application that is paid, its person, and the fee of its renewal, which is due."""
    application, person = await till.due()
    await till.paid(application, person)
    renewal = uuid4()
    await till.service.deliver(
        ApplicationRenewalDue(
            application_id=application,
            person_id=person,
            person_version=1,
            renewal_id=renewal,
            credential="community-partnerships",
            credential_version=1,
            fee=fee,
            due_at=till.service.clock(),
        )
    )
    return application, person, renewal


def cancelled(application: UUID, person: UUID, renewal: UUID) -> ApplicationRenewalCancelled:
    return ApplicationRenewalCancelled(application_id=application, person_id=person, renewal_id=renewal)


async def pay(till: Till, renewal: UUID, person: UUID) -> str:
    session = await till.opened(renewal, person)
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
        await till.tell(event)
    await till.run(*JOBS)
    till.service.clock.move(seconds=1)
    return session


async def test_a_renewal_is_paid_beside_the_applications_own_fee(till: Till) -> None:
    application, person, renewal = await asked(till)
    await pay(till, renewal, person)
    shown = await till.shown(renewal, person)
    assert (shown["application_id"], shown["purpose"], shown["fee_id"], shown["state"]) == (
        str(application),
        "renewal",
        str(renewal),
        "paid",
    )
    assert [(event.application_id, event.purpose, event.fee_id) for event in await till.service.events(FeePaid)] == [
        (application, "application", None),
        (application, "renewal", renewal),
    ]
    assert sorted(await till.books(application)) == [
        ("fee_due", 6000),
        ("fee_due", 6000),
        ("payment", 6000),
        ("payment", 6000),
        ("stripe_fee", 204),
        ("stripe_fee", 204),
    ]
    charges = (
        await till.sandbox.get(
            "/v1/charges", params={"metadata[application_id]": str(application)}, auth=("sk_test_1", "")
        )
    ).json()["data"]
    assert sorted(charge["metadata"].get("fee_id", "") for charge in charges) == ["", str(renewal)]
    page = (await till.service.client.get(f"/payments/{renewal}", headers=till.service.session_for(person))).text
    assert "Your renewal fee is paid" in page
    assert f"/applications/{application}" in page


async def test_said_twice_it_is_one_fee_and_one_of_nothing_is_paid_at_once(till: Till) -> None:
    application, person, renewal = await asked(till, Money(amount_minor=0))
    (free,) = [event for event in await till.service.events(FeePaid) if event.purpose == "renewal"]
    assert (free.fee_id, free.amount.amount_minor) == (renewal, 0)
    assert (await till.shown(renewal, person))["state"] == "paid"
    assert [kind for kind, _ in await till.books(application)].count("fee_due") == 1


async def test_nobody_else_sees_or_pays_it(till: Till) -> None:
    _, _, renewal = await asked(till)
    other = await till.service.add_person()
    assert (await till.check_out(renewal, other)).status_code == 404
    page = await till.service.client.get(f"/payments/{renewal}", headers=till.service.session_for(other))
    assert page.status_code == 404


async def test_cancelled_before_it_is_paid_nothing_is_due_and_a_late_payment_goes_back(till: Till) -> None:
    application, person, renewal = await asked(till)
    session = await till.opened(renewal, person)
    await till.service.deliver(cancelled(application, person, renewal))
    assert (await till.check_out(renewal, person)).status_code == 409
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    await till.run(*JOBS)
    assert ((await till.shown(renewal, person))["state"], await refunds(till, session)) == ("refunded", [6000])
    (back,) = await till.service.events(FeeRefunded)
    assert (back.purpose, back.fee_id, back.remaining_minor) == ("renewal", renewal, 0)
    assert (await till.shown(application, person))["state"] == "paid"
    assert sorted(kind for kind, _ in await till.books(application)) == sorted(
        ["fee_due", "payment", "stripe_fee"] * 2 + ["credit_note", "refund"]
    )


async def test_paid_at_the_moment_of_the_cancellation_it_goes_back_whole(till: Till) -> None:
    application, person, renewal = await asked(till)
    session = await pay(till, renewal, person)
    await till.withdraw(application, person)
    assert (await till.shown(renewal, person))["state"] == "paid", "a renewal that was carried out stays paid"
    told = await till.service.deliver(cancelled(application, person, renewal))
    await till.service.deliver(*told)
    await till.run(*JOBS)
    assert ((await till.shown(renewal, person))["state"], await refunds(till, session)) == ("refunded", [6000])
    assert len(await till.service.events(FeeRefunded)) == 1


async def test_a_lapse_cancels_what_is_due_and_keeps_what_was_paid(till: Till) -> None:
    application, person = await till.due()
    session = await till.opened(application, person)
    lapsed = ApplicationLapsed(
        application_id=application, person_id=person, credential="community-partnerships", credential_version=1
    )
    await till.service.deliver(lapsed)
    assert (await till.shown(application, person))["state"] == "cancelled"
    await till.pay(session)
    for event in await till.notices(session):
        await till.tell(event)
    await till.run(*JOBS)
    assert await refunds(till, session) == [6000]
    other, somebody, renewal = await asked(till)
    await pay(till, renewal, somebody)
    await till.service.deliver(lapsed.model_copy(update={"application_id": other, "person_id": somebody}))
    assert [(await till.shown(one, somebody))["state"] for one in (other, renewal)] == ["paid", "paid"]
