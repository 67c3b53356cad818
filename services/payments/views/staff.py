"""The fees of an application, as the program's staff see them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.payments.domain.fee_states import TRANSITIONS, Action
from services.payments.store.staff_acts import Overseen
from services.payments.views.fees import Payment, View, payment


class Act(View):
    """What somebody of the staff did about a fee: `waiver` or `refund`."""

    act_id: UUID
    kind: str
    actor: UUID
    at: datetime
    reason: str


class StaffFee(Payment):
    """A fee, and what staff did about it. `can`: what staff can do now (waiver, refund)."""

    credential: str
    can: Sequence[str]
    acts: Sequence[Act]


class StaffFees(View):
    """The fees of an application: its own first, then those of its renewals."""

    items: Sequence[StaffFee]


def staff_fee(found: Overseen) -> StaffFee:
    """A fee to staff."""
    fee = found.shown.fee
    possible = {"waiver": Action.WAIVE, "refund": Action.GIVE_BACK}
    can = [name for name, action in possible.items() if (fee.state, action) in TRANSITIONS]
    return StaffFee(
        **payment(found.shown).model_dump(),
        credential=found.shown.credential,
        can=can if fee.amount.amount_minor else [],
        acts=[
            Act(act_id=one.act_id, kind=one.kind, actor=one.actor, at=one.at, reason=one.reason) for one in found.acts
        ],
    )
