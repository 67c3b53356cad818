"""The events of `payments`."""

from uuid import UUID

from contracts.claims import Money
from contracts.event import Event, Payload
from contracts.topics import PAYMENTS_FEES


class _FeeEvent(Payload):
    """`purpose`: application (the fee of an application), renewal (of being carried over to the next period; `fee_id`
    says which). It may grow."""

    application_id: UUID
    person_id: UUID
    amount: Money
    purpose: str = "application"
    fee_id: UUID | None = None

    @property
    def key(self) -> str:
        return str(self.application_id)


class FeePaid(_FeeEvent, Event, type="payments.fee.paid.v1", topic=PAYMENTS_FEES, heard_by=("intake", "notify")):
    """The whole fee is paid."""

    receipt_url: str | None = None


class FeeWaived(_FeeEvent, Event, type="payments.fee.waived.v1", topic=PAYMENTS_FEES, heard_by=("intake", "notify")):
    """The fee need not be paid. `amount` is what was waived."""


class FeeRefunded(
    _FeeEvent, Event, type="payments.fee.refunded.v1", topic=PAYMENTS_FEES, heard_by=("intake", "notify")
):
    """Money went back. `amount` is this refund's; `remaining_minor` what is still kept (0: a full refund).

    `reason`: withdrawn, paid_twice, staff, waived (a payment for a fee that need not be paid). It may grow.
    """

    remaining_minor: int
    reason: str = "staff"


class FeeDisputed(
    _FeeEvent, Event, type="payments.fee.disputed.v1", topic=PAYMENTS_FEES, heard_by=("intake", "notify")
):
    """The card's owner disputes the payment; `amount` is in dispute."""


PaymentsFeesEvent = FeePaid | FeeWaived | FeeRefunded | FeeDisputed
