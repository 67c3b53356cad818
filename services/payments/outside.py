"""Exchanges with Stripe, for routes and jobs, in three steps: write the intent, call Stripe with a key that follows
from the intent, write the answer.

An interrupted exchange may be repeated at any step, because the intent is in the database and Stripe gives the same
answer to the same key.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.database.pool import Database
from services.payments import store, usecases
from services.payments.clients import KeySpent, Offer, Rejected, Stripe
from services.payments.domain.checkouts import Checkout, State
from services.payments.store.checkouts import Unsettled
from services.payments.store.payments import Returning, Uncharged
from services.payments.usecases import Page

MOST_TURNS = 4


class NoPage(Exception):
    """Stripe gave no page that can be paid. A later request may succeed."""


@dataclass(frozen=True)
class Desk:
    """What the exchanges need. `own_url`: our public base address. `pace`: how often Stripe is asked about a page that
    is not settled."""

    stripe: Stripe
    own_url: str
    pace: timedelta


async def open_checkout(database: Database, desk: Desk, application_id: UUID, person_id: UUID) -> Checkout:
    """The page on which this person can pay this fee now. While one is open, it is always the same.

    Raises NotThere, WrongState, clients.Unreachable, clients.Rejected, NoPage.
    """
    for _ in range(MOST_TURNS):
        page = await database.write(lambda tx: usecases.begin_checkout(tx, application_id, person_id, desk.pace))
        checkout = page.checkout
        if page.over and checkout.session_id is not None:
            # It may have been paid in its last minute, so Stripe is asked before another page is opened.
            if await _ask_about(database, desk, checkout.session_id) == "open":
                return checkout
        elif checkout.state is State.OPEN:
            return checkout
        elif (opened := await _open(database, desk, page)) is not None and opened.state is State.OPEN:
            return opened
    raise NoPage(f"no page for {application_id} after {MOST_TURNS} turns")


async def settle_checkout(database: Database, desk: Desk, unsettled: Unsettled) -> bool:
    """Ask Stripe about a page whose webhook is overdue. If its opening was interrupted, open it first. False: ask again
    later.

    Raises clients.Unreachable, clients.Rejected.
    """
    checkout = unsettled.checkout
    if checkout.session_id is not None:
        return await _ask_about(database, desk, checkout.session_id) != "open"
    page = await database.write(lambda tx: usecases.resume_checkout(tx, checkout))
    if page is not None:
        await _open(database, desk, page)
    return page is None


async def give_back(database: Database, desk: Desk, payment: Returning) -> bool:
    """Ask Stripe to give a payment back whole, or whether it did. False: ask again later. Raises
    clients.Unreachable."""
    intent = payment.payment_intent
    try:
        if payment.refund_id is not None:
            refund = await desk.stripe.refund(payment.refund_id)
        else:
            refund = await desk.stripe.give_back(
                payment.payment_intent, payment.amount, payment.application_id, payment.idempotency_key
            )
    except KeySpent:
        await database.write(lambda tx: store.payments.spend_refund_key(tx, payment))
        return False
    except Rejected as error:
        why = str(error)
        if error.code == "charge_already_refunded" and (await desk.stripe.charge(payment.payment_intent)).refunded:
            await database.write(lambda tx: usecases.confirm_refund(tx, payment.application_id, intent, None))
        else:
            await database.write(lambda tx: usecases.fail_refund(tx, payment.application_id, intent, why))
        return True
    match refund.status:
        case "succeeded":
            await database.write(
                lambda tx: usecases.confirm_refund(tx, payment.application_id, intent, refund.refund_id)
            )
        case "failed" | "canceled":
            why = f"refund {refund.refund_id} is {refund.status}"
            await database.write(lambda tx: usecases.fail_refund(tx, payment.application_id, intent, why))
        case _:
            await database.write(lambda tx: store.payments.set_refund(tx, intent, refund.refund_id))
            return False
    return True


async def ask_charge(database: Database, desk: Desk, payment: Uncharged) -> bool:
    """Ask for Stripe's fee of a payment and the address of its receipt. False: ask again later. Raises
    clients.Unreachable, clients.Rejected."""
    charge = await desk.stripe.charge(payment.payment_intent)
    taken = charge.fee
    if taken is None:
        return False
    await database.write(
        lambda tx: usecases.record_charge(tx, payment.application_id, payment.payment_intent, taken, charge.receipt_url)
    )
    return True


async def _ask_about(database: Database, desk: Desk, session_id: str) -> str:
    """Ask Stripe about a page and apply its answer like a webhook. Returns the page's status."""
    opened = await desk.stripe.page(session_id)
    await database.write(lambda tx: usecases.settle(tx, opened.report))
    return opened.report.status


async def _open(database: Database, desk: Desk, page: Page) -> Checkout | None:
    """Open the page. None if the attempt's key is spent."""
    checkout = page.checkout
    offer = Offer(
        checkout.application_id,
        checkout.attempt,
        page.amount,
        page.credential,
        page.email,
        f"{desk.own_url}/payments/{checkout.application_id}/return",
        checkout.idempotency_key,
        page.of_application,
        page.renewal,
    )
    try:
        opened = await desk.stripe.open_page(offer)
    except KeySpent:
        await database.write(lambda tx: usecases.spend_key(tx, checkout))
        return None
    return await database.write(
        lambda tx: usecases.record_page(tx, checkout, opened.url, opened.expires_at, opened.report)
    )
