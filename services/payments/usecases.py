"""What this service does, one function each: load, decide, save, say. The edge owns the transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

import structlog

from chassis import addresses
from chassis.database.transaction import Tx
from contracts.claims import Money
from contracts.events.applications import ApplicationFeeDue
from contracts.events.deadlines import ApplicationRenewalDue
from contracts.refusals import NotThere
from services.payments import store
from services.payments.domain import checkouts, fees, ledger, receipts, staff_acts
from services.payments.domain.checkouts import Checkout, Report
from services.payments.domain.fee_states import State
from services.payments.domain.fees import Change, Fee
from services.payments.domain.staff_acts import Act
from services.payments.store.checkouts import Papers
from services.payments.store.stripe_events import Open

log = structlog.get_logger(__name__)

CHARGES, REFUNDS, EVENTS = "payments-charges", "payments-refunds", "payments-stripe-events"
"""The names of jobs that use cases wake."""

TRIES = 8
"""How often a failing Stripe event is tried before it is left to a person."""
LONGEST_WAIT = timedelta(hours=1)


class Settled(Enum):
    """The outcome of a report: it was applied, or its application is not known here yet."""

    DONE = "done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Page:
    """A page to open at Stripe. It has everything for the request, so that a repeated request is the same. `over`: its
    time has passed.

    `of_application`: the application of the fee. `renewal`: the fee is for carrying that over to the next period.

    `email`: in ASCII, because Stripe takes nothing else. Empty if the address has no such form; then Stripe asks for
    it.
    """

    checkout: Checkout
    over: bool
    amount: Money
    credential: str
    email: str
    of_application: UUID
    renewal: bool


async def ask_fee(tx: Tx, event: ApplicationFeeDue) -> None:
    """A fee becomes due. A repeated event changes nothing."""
    change = fees.ask(event.application_id, event.person_id, event.credential, event.fee, tx.now)
    if await store.fees.add(tx, change, event.credential_version):
        for said in change.events:
            await tx.emit(said)


async def ask_renewal(tx: Tx, event: ApplicationRenewalDue) -> None:
    """The fee of being carried over to the next period is due from now on; said again it changes nothing."""
    application_id, whose = event.application_id, event.person_id
    change = fees.ask(application_id, whose, event.credential, event.fee, tx.now, event.renewal_id)
    if await store.fees.add(tx, change, event.credential_version) and change.events:
        await store.renewals.hold_key(tx, change.fee)
        for said in change.events:
            await tx.emit(said)


async def cancel_renewal(tx: Tx, renewal_id: UUID, at: datetime) -> None:
    """A renewal is not carried out: nothing is due for it, and what was paid goes back."""
    fee = await store.fees.load(tx, renewal_id)
    if fee is not None:
        await _keep(tx, fee, fees.withdraw(fee, at, unused=True))


async def withdraw(tx: Tx, application_id: UUID, at: datetime) -> None:
    """The application was withdrawn or has lapsed. If it has no fee there is nothing to do: its events come in order,
    so no fee comes later. A renewal that was paid before was carried out, so its fee stays."""
    for renewal_id in await store.renewals.of_application(tx, application_id):
        renewal = await store.fees.load(tx, renewal_id)
        if renewal is not None:
            await _keep(tx, renewal, fees.withdraw(renewal, at))
    fee = await store.fees.load(tx, application_id)
    if fee is not None:
        await _keep(tx, fee, fees.withdraw(fee, at))


async def waive(tx: Tx, fee_id: UUID, act: Act) -> None:
    """A fee that is due need not be paid. Raises NotThere, WrongState."""
    fee = await _of_anybody(tx, fee_id)
    await _keep(tx, fee, staff_acts.waive(fee))
    await store.staff_acts.add(tx, fee_id, act)


async def give_back(tx: Tx, fee_id: UUID, act: Act, amount_minor: int | None = None) -> None:
    """The payment of a fee goes back whole; a job asks Stripe for it. Raises NotThere, WrongState, Invalid."""
    fee = await _of_anybody(tx, fee_id)
    await _keep(tx, fee, staff_acts.give_back(fee, act.at, amount_minor))
    await store.staff_acts.add(tx, fee_id, act)


async def begin_checkout(tx: Tx, application_id: UUID, person_id: UUID, pace: timedelta) -> Page:
    """Note the attempt to go on with, before Stripe is asked. It does not ask Stripe itself. Raises NotThere,
    WrongState."""
    fee = fees.owned(await store.fees.load(tx, application_id), person_id)
    fees.check_out(fee)
    papers = await store.checkouts.papers(tx, application_id)
    current = checkouts.current(papers.latest, application_id)
    if papers.latest is None or current.attempt != papers.latest.attempt:
        await store.checkouts.add(tx, current, fee, tx.now + pace)
    return _page(fee, current, papers, tx.now)


async def resume_checkout(tx: Tx, checkout: Checkout) -> Page | None:
    """An attempt that was interrupted while it was opening. None if it was settled meanwhile, or nothing is due any
    more."""
    fee, current = await store.fees.load_with_page(tx, checkout.application_id, checkout.attempt)
    if fee is None or current is None or current.state is not checkouts.State.OPENING:
        return None
    if fee.state is not State.DUE:
        await store.checkouts.save(tx, current, checkouts.spent(current))
        return None
    return _page(fee, current, await store.checkouts.papers(tx, fee.application_id), tx.now)


async def record_page(tx: Tx, checkout: Checkout, url: str | None, expires_at: datetime, report: Report) -> Checkout:
    """Keep Stripe's answer to our request. If the answer came so late that the page is not open any more, it is settled
    at once."""
    _, current = await store.fees.load_with_page(tx, checkout.application_id, checkout.attempt)
    before = current or checkout
    after = checkouts.answered(before, report.session_id, url, expires_at)
    await store.checkouts.save(tx, before, after)
    if report.status != "open":
        await settle(tx, report)
        after = checkouts.reported(after, report)
    return after


async def spend_key(tx: Tx, checkout: Checkout) -> None:
    """Close an attempt whose key is spent. The next attempt has its own key."""
    _, current = await store.fees.load_with_page(tx, checkout.application_id, checkout.attempt)
    if current is not None and current.state is checkouts.State.OPENING:
        await store.checkouts.save(tx, current, checkouts.spent(current))


async def settle(tx: Tx, report: Report) -> Settled:
    """Apply Stripe's report on a page, from a webhook or an answer. The same report has its effects once."""
    fee, checkout = await store.fees.load_with_page(tx, report.application_id, report.attempt)
    if fee is None:
        return Settled.UNKNOWN
    if checkout is not None:
        after = checkouts.reported(checkout, report)
        if after != checkout:
            await store.checkouts.save(tx, checkout, after)
    if report.paid and report.payment_intent is not None:
        change = fees.pay(fee, report.payment_intent, report.amount, tx.now)
        await _keep(tx, fee, change)
        if change.payments:
            tx.wake(CHARGES)
    elif report.status == "complete":
        log.error(
            "a page is complete and no money came with it",
            application_id=str(report.application_id),
            session_id=report.session_id,
        )
    return Settled.DONE


async def hear(tx: Tx, event_id: str, event_type: str, report: Report) -> None:
    """Keep an event from Stripe. A job works on it."""
    await store.stripe_events.add(tx, event_id, event_type, report)
    tx.wake(EVENTS)


async def work_on_event(tx: Tx, event: Open) -> None:
    """Work on an event from Stripe once, in the transaction of its effects."""
    report = await store.stripe_events.claim(tx, event.event_id)
    if report is not None and await settle(tx, report) is Settled.UNKNOWN:
        log.warning(
            "a Stripe event waits for its application",
            event_id=event.event_id,
            application_id=str(report.application_id),
        )
        await store.stripe_events.wait(tx, event.event_id)


async def put_off_event(tx: Tx, event: Open, error: Exception) -> None:
    """Put off an event that failed, longer each time. After the last try a person must look at it."""
    wait = min(timedelta(seconds=2**event.attempts), LONGEST_WAIT)
    await store.stripe_events.put_off(
        tx, event.event_id, tx.now + wait, repr(error), give_up=event.attempts + 1 >= TRIES
    )


async def confirm_refund(tx: Tx, application_id: UUID, payment_intent: str, refund_id: str | None) -> None:
    """Stripe gave a payment back. `refund_id` is None if it did so before we asked."""
    fee = await store.fees.load(tx, application_id)
    if fee is not None:
        if refund_id is not None:
            await store.payments.set_refund(tx, payment_intent, refund_id)
        await _keep(tx, fee, fees.confirm_return(fee, payment_intent))


async def fail_refund(tx: Tx, application_id: UUID, payment_intent: str, why: str) -> None:
    """Stripe does not give a payment back, so a person must."""
    fee = await store.fees.load(tx, application_id)
    if fee is not None:
        log.error(
            "Stripe does not give a payment back",
            application_id=str(application_id),
            payment_intent=payment_intent,
            why=why,
        )
        await _keep(tx, fee, fees.fail_return(fee, payment_intent))


async def record_charge(tx: Tx, application_id: UUID, payment_intent: str, fee: Money, receipt_url: str | None) -> None:
    """Keep Stripe's fee for a payment, also in the books, and the address of its receipt."""
    entries = ledger.entries(ledger.Kind.STRIPE_FEE, application_id, payment_intent, fee)
    await store.payments.set_charge(tx, payment_intent, fee.amount_minor, receipt_url, entries)


async def _of_anybody(tx: Tx, fee_id: UUID) -> Fee:
    fee = await store.fees.load(tx, fee_id)
    if fee is None:
        raise NotThere(fees.UNKNOWN)
    return fee


def _page(fee: Fee, checkout: Checkout, papers: Papers, now: datetime) -> Page:
    email, renewal = addresses.in_ascii(papers.email), fee.renewal_id is not None
    over = checkout.ends_before(now)
    return Page(checkout, over, fee.amount, papers.credential, email, fee.application_id, renewal)


async def _keep(tx: Tx, before: Fee, change: Change) -> None:
    if change.fee == before:
        return
    await store.fees.save(tx, change)
    for payment in change.payments:
        match payment.state:
            case receipts.State.RETURNING:
                tx.wake(REFUNDS)
            case receipts.State.HELD | receipts.State.STUCK:
                log.error(
                    "a payment needs a person",
                    application_id=str(before.application_id),
                    payment_intent=payment.payment_intent,
                    state=str(payment.state),
                    amount=payment.amount.model_dump(),
                    fee=before.amount.model_dump(),
                )
            case _:
                pass
