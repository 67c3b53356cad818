"""A fee: for the API, and for its payer's page."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.claims import Money
from services.payments.domain import receipts
from services.payments.domain.fee_states import State
from services.payments.domain.fees import Fee
from services.payments.store.fees import Shown

SHOWN_STATE = {State.MISPAID: "due"}
"""The public state, if it differs from the inner one. `alert` says more."""

Stage = Literal[
    "due",
    "nothing_due",
    "paid",
    "waived",
    "mispaid",
    "cancelled",
    "going_back",
    "not_returned",
    "refunded",
    "staff_going_back",
    "staff_not_returned",
    "staff_returned",
]
"""The state of a fee for its payer. `not_returned`: the payment of a withdrawn application could not be given back.
With `staff_`: staff gives the payment back."""

Surplus = Literal["going_back", "not_returned", "returned"]
"""The state of a second payment of a paid fee, or of a payment of a waived one."""


class View(BaseModel):
    """A read-only view."""

    model_config = ConfigDict(frozen=True)


class Payment(View):
    """The fee of an application. `receipt_url` and `alert` are left out if there is none.

    `purpose`: application, or renewal (for carrying it over to the next period). A renewal has its own id.
    """

    application_id: UUID
    purpose: str
    fee_id: UUID
    state: str
    amount: Money
    refunded: Money
    receipt_url: str | None = None
    alert: str | None = None


class PayersFee(View):
    """The fee on its page. `credential`: the credential's name, or its slug until the name is known."""

    application_id: UUID
    fee_id: UUID
    renewal: bool
    credential: str
    amount: Money
    stage: Stage
    surplus: Surplus | None
    receipt_url: str | None


def payment(shown: Shown) -> Payment:
    """For the API."""
    fee = shown.fee
    return Payment(
        application_id=fee.application_id,
        purpose="application" if fee.renewal_id is None else "renewal",
        fee_id=fee.fee_id,
        state=SHOWN_STATE.get(fee.state, str(fee.state)),
        amount=fee.amount,
        refunded=fee.refunded,
        receipt_url=shown.receipt_url,
        alert=fee.alert,
    )


def payers_fee(shown: Shown) -> PayersFee:
    """For the page."""
    fee = shown.fee
    return PayersFee(
        application_id=fee.application_id,
        fee_id=fee.fee_id,
        renewal=fee.renewal_id is not None,
        credential=shown.credential,
        amount=fee.amount,
        stage=stage(fee),
        surplus=_way_back(fee) if fee.state in (State.PAID, State.WAIVED) else None,
        receipt_url=shown.receipt_url,
    )


def stage(fee: Fee) -> Stage:
    """The state of a fee for its payer."""
    back = _way_back(fee)
    match fee.state:
        case State.DUE:
            return "due"
        case State.PAID:
            return "paid" if fee.amount.amount_minor else "nothing_due"
        case State.WAIVED:
            return "waived"
        case State.REFUNDING:
            return "staff_not_returned" if back == "not_returned" else "staff_going_back"
        case State.REFUNDED if fee.given_back_at is not None:
            return "staff_returned"
        case State.MISPAID:
            return "mispaid"
        case State.REFUNDED:
            return "refunded"
        case State.CANCELLED:
            return "refunded" if back == "returned" else back or "cancelled"


def _way_back(fee: Fee) -> Surplus | None:
    """The state of the payments that go back. Of several, the one that is least far counts."""
    states = {payment.state for payment in fee.payments}
    if receipts.State.STUCK in states:
        return "not_returned"
    if receipts.State.RETURNING in states:
        return "going_back"
    return "returned" if receipts.State.RETURNED in states else None
