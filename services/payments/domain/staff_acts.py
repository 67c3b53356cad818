"""What the program's staff do about a fee: waive it while it is due, or give its payment back. A payment goes back
whole."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.events.payments import FeeWaived
from contracts.refusals import Fault, Invalid, Text, WrongState
from services.payments.domain import ledger, receipts
from services.payments.domain.fee_states import Action, move
from services.payments.domain.fees import Change, Fee, reference, which


class Kind(StrEnum):
    """What was done."""

    WAIVER = "waiver"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Act:
    """One act: by whom, when and why. Only staff read the reason."""

    act_id: UUID
    kind: Kind
    actor: UUID
    at: datetime
    reason: str


def waive(fee: Fee) -> Change:
    """The fee need not be paid. A payment that arrives nevertheless goes back. Raises WrongState."""
    after = move(fee.state, Action.WAIVE)
    return Change(
        replace(fee, state=after),
        entries=ledger.entries(ledger.Kind.WAIVER, fee.application_id, reference(fee, "waiver"), fee.amount),
        events=(
            FeeWaived(application_id=fee.application_id, person_id=fee.person_id, amount=fee.amount, **which(fee)),
        ),
    )


def give_back(fee: Fee, at: datetime, amount_minor: int | None = None) -> Change:
    """The payment that is kept as the fee goes back. `amount_minor`: how much of it, which can only be all of it.

    Raises WrongState, Invalid.
    """
    after = move(fee.state, Action.GIVE_BACK)
    kept = next((payment for payment in fee.payments if payment.state is receipts.State.KEPT), None)
    if kept is None:
        raise WrongState(Text("The fee cost nothing, so there is no payment to give back."), type="nothing_paid")
    whole = kept.amount.amount_minor
    if amount_minor not in (None, whole):
        raise Invalid(
            Fault("amount_minor", Text("must be %(whole)s, or left out", whole=whole)),
            text=Text("A payment goes back whole."),
        )
    returning = receipts.act(kept, receipts.Action.GIVE_BACK)
    payments = tuple(returning if payment is kept else payment for payment in fee.payments)
    return Change(
        replace(fee, state=after, given_back_at=at, payments=payments),
        payments=(returning,),
        entries=ledger.entries(ledger.Kind.CREDIT_NOTE, fee.application_id, reference(fee, "given_back"), kept.amount),
    )
