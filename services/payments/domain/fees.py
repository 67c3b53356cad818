"""The fee of one application, or of carrying it over to the next period: due, paid once, cancelled with the
application, refunded.

Facts (from Kafka and from Stripe) are never refused, and money that is not due goes back whole. What staff do is in
`staff_acts`. There are no promotion codes, partial refunds, invoices or disputes yet.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.claims import Money
from contracts.event import Event
from contracts.events.payments import FeePaid, FeeRefunded
from contracts.refusals import NotThere, Text, WrongState
from services.payments.domain import ledger, receipts
from services.payments.domain.fee_states import Action, State, move
from services.payments.domain.receipts import Payment

NOT_THEIRS = Text(
    "There is no fee of that application, or it is not yours."
    " A new fee appears here moments after it becomes due; try again then."
)
UNKNOWN = Text("There is no such fee. A new fee appears here moments after it becomes due; try again then.")
GIVEN_BACK = Text(
    "The fee was given back to you by the program's staff. Do not pay again. Ask the staff what comes next."
)


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee with all payments that arrived for it. `paid_at` is when this service learned of the payment that it keeps
    (UTC). `renewal_id`: the fee's own id, if it is the fee of a renewal and not the application fee. `given_back_at`:
    when staff decided to give the payment back."""

    application_id: UUID
    person_id: UUID
    credential: str
    amount: Money
    state: State
    paid_at: datetime | None = None
    withdrawn_at: datetime | None = None
    payments: tuple[Payment, ...] = ()
    version: int = 0
    renewal_id: UUID | None = None
    given_back_at: datetime | None = None

    @property
    def fee_id(self) -> UUID:
        """By what the fee is kept: the application's id for its own fee."""
        return self.renewal_id or self.application_id

    @property
    def refunded(self) -> Money:
        """The amount of the fee that went back, without second payments that were given back."""
        returned = [
            p.amount.amount_minor
            for p in self.payments
            if p.state is receipts.State.RETURNED and p.amount.currency == self.amount.currency
        ]
        return Money(amount_minor=sum(returned) if self.state is State.REFUNDED else 0, currency=self.amount.currency)

    @property
    def alert(self) -> str | None:
        """What a person must look at: `wrong_amount`, `refund_failed`, or None."""
        states = {payment.state for payment in self.payments}
        if receipts.State.STUCK in states:
            return "refund_failed"
        return "wrong_amount" if receipts.State.HELD in states else None


@dataclass(frozen=True, slots=True)
class Change:
    """A fee after a fact, with the new or changed payments, the entries for the books, and the events to say."""

    fee: Fee
    payments: tuple[Payment, ...] = ()
    entries: tuple[ledger.Entry, ...] = ()
    events: tuple[Event, ...] = field(default=())


def ask(
    application_id: UUID,
    person_id: UUID,
    credential: str,
    amount: Money,
    at: datetime,
    renewal_id: UUID | None = None,
) -> Change:
    """A new fee. A fee of 0 is paid from the start, because there is no page to pay it on."""
    fee = Fee(application_id, person_id, credential, amount, State.DUE, renewal_id=renewal_id)
    if amount.amount_minor == 0:
        return Change(replace(fee, state=move(fee.state, Action.PAY), paid_at=at), events=(_paid(fee),))
    return Change(fee, entries=ledger.entries(ledger.Kind.FEE_DUE, application_id, reference(fee, "fee"), amount))


def owned(fee: Fee | None, person_id: UUID) -> Fee:
    """The fee, if it is this person's. Raises NotThere, which does not tell whether somebody else has such a fee."""
    if fee is None or fee.person_id != person_id:
        raise NotThere(NOT_THEIRS)
    return fee


def check_out(fee: Fee) -> None:
    """Whether the fee may be paid now. Raises WrongState."""
    if fee.given_back_at is not None and fee.state is State.REFUNDED:
        raise WrongState(GIVEN_BACK)
    move(fee.state, Action.CHECK_OUT)


def pay(fee: Fee, payment_intent: str, amount: Money, at: datetime) -> Change:
    """A payment arrived. It is the fee, or it has another amount, or it is not due (paid before, withdrawn) and goes
    back whole. A known payment changes nothing."""
    if any(known.payment_intent == payment_intent for known in fee.payments):
        return Change(fee)
    after = move(fee.state, Action.PAY if amount == fee.amount else Action.MISPAY)
    now_paid = after is State.PAID and fee.state is not State.PAID
    if now_paid:
        arrived = Payment(payment_intent, amount, receipts.State.KEPT)
    elif after is State.MISPAID:
        arrived = Payment(payment_intent, amount, receipts.State.HELD)
    else:
        arrived = Payment(payment_intent, amount, receipts.State.RETURNING)
    return Change(
        replace(fee, state=after, paid_at=at if now_paid else fee.paid_at, payments=(*fee.payments, arrived)),
        payments=(arrived,),
        entries=ledger.entries(ledger.Kind.PAYMENT, fee.application_id, payment_intent, amount),
        events=(_paid(fee),) if now_paid else (),
    )


def withdraw(fee: Fee, at: datetime, *, unused: bool = False) -> Change:
    """The application was withdrawn, or lapsed, at `at` (its own service's clock).

    A fee that was paid before stays paid, because a withdrawal gives no right to a refund. A payment that this service
    learned of at the withdrawal or later was for a withdrawn application. It goes back, even if the payment is handled
    first.

    `unused`: the renewal was never carried out, so every payment for it goes back.
    """
    if fee.withdrawn_at is not None and not (unused and fee.state is State.PAID):
        return Change(fee)
    paid_before = not unused and fee.paid_at is not None and fee.paid_at < at
    after = move(fee.state, Action.WITHDRAW_PAID if paid_before else Action.WITHDRAW_UNPAID)
    if after is not State.CANCELLED:
        return Change(replace(fee, state=after, withdrawn_at=at))
    moved = {
        p: receipts.act(p, receipts.Action.GIVE_BACK)
        for p in fee.payments
        if p.state in (receipts.State.KEPT, receipts.State.HELD)
    }
    return Change(
        replace(
            fee, state=after, withdrawn_at=at, payments=tuple(moved.get(payment, payment) for payment in fee.payments)
        ),
        payments=tuple(moved.values()),
        entries=ledger.entries(ledger.Kind.CREDIT_NOTE, fee.application_id, reference(fee, "withdrawn"), fee.amount),
    )


def confirm_return(fee: Fee, payment_intent: str) -> Change:
    """Stripe gave a payment back. A repeated report, or one about a payment that was not to go back, changes
    nothing."""
    before, after = _acted(fee, payment_intent, receipts.Action.CONFIRM)
    if after.state is before.state:
        return Change(fee)
    payments = tuple(after if payment is before else payment for payment in fee.payments)
    kept = sum(p.amount.amount_minor for p in payments if p.state is receipts.State.KEPT)
    # What staff gives back is back when nothing of it is on its way any more.
    waits = fee.state is State.REFUNDING and any(
        p.state in (receipts.State.RETURNING, receipts.State.STUCK) for p in payments
    )
    settled = replace(fee, state=fee.state if waits else move(fee.state, Action.RETURN), payments=payments)
    said = FeeRefunded(
        application_id=fee.application_id,
        person_id=fee.person_id,
        amount=after.amount,
        remaining_minor=kept,
        reason=_why(settled),
        **which(fee),
    )
    refund = ledger.entries(ledger.Kind.REFUND, fee.application_id, payment_intent, after.amount)
    return Change(settled, payments=(after,), entries=refund, events=(said,))


def fail_return(fee: Fee, payment_intent: str) -> Change:
    """Stripe could not give a payment back, so a person must."""
    before, after = _acted(fee, payment_intent, receipts.Action.FAIL)
    if after.state is before.state:
        return Change(fee)
    return Change(
        replace(fee, payments=tuple(after if payment is before else payment for payment in fee.payments)),
        payments=(after,),
    )


def _acted(fee: Fee, payment_intent: str, action: receipts.Action) -> tuple[Payment, Payment]:
    payment = next(payment for payment in fee.payments if payment.payment_intent == payment_intent)
    return payment, receipts.act(payment, action)


def _why(fee: Fee) -> str:
    """Why a payment went back, by what the fee is now."""
    if fee.state is State.WAIVED:
        return "waived"
    if fee.given_back_at is not None:
        return "staff"
    return "withdrawn" if fee.state is State.REFUNDED else "paid_twice"


def _paid(fee: Fee) -> FeePaid:
    return FeePaid(application_id=fee.application_id, person_id=fee.person_id, amount=fee.amount, **which(fee))


def which(fee: Fee) -> dict[str, Any]:
    """What an event says of which fee it is about."""
    return {} if fee.renewal_id is None else {"purpose": "renewal", "fee_id": fee.renewal_id}


def reference(fee: Fee, what: str) -> str:
    """Tells the facts of an application's fees apart in the books."""
    return what if fee.renewal_id is None else f"{what}/{fee.renewal_id}"
