"""Records from Kafka: what `payments`, `review`, `badging` and `notify` say."""

from chassis.database.transaction import Tx
from chassis.kafka.handling import Handlers
from contracts.events.badging import BadgeIssued, BadgeReinstated, BadgeRevoked, BadgeSuspended, BadgingBadgesEvent
from contracts.events.notify import MailFailed, NotifyDeliveriesEvent
from contracts.events.payments import FeeDisputed, FeePaid, FeeRefunded, FeeWaived, PaymentsFeesEvent
from contracts.events.review import CaseDecided, CaseOpened, ReviewCasesEvent
from contracts.topics import BADGING_BADGES, NOTIFY_DELIVERIES, PAYMENTS_FEES, REVIEW_CASES
from services.intake.domain.terms import Rules
from services.intake.store.catalog import Definitions
from services.intake.usecases import facts, terms, undelivered


def handlers(rules: Rules, definitions: Definitions) -> Handlers:
    """What this service hears. `rules`: the policy's rules of deadlines."""

    async def on_fees(tx: Tx, event: PaymentsFeesEvent) -> None:
        await on_renewals(tx, event, rules) if event.purpose == "renewal" else await on_own_fees(tx, event)

    async def on_deliveries(tx: Tx, event: NotifyDeliveriesEvent) -> None:
        if isinstance(event, MailFailed):
            await undelivered.come_back(tx, definitions, event.event_id, event.reason)

    return Handlers(
        {
            PAYMENTS_FEES.name: on_fees,
            REVIEW_CASES.name: on_cases,
            BADGING_BADGES.name: on_badges,
            NOTIFY_DELIVERIES.name: on_deliveries,
        }
    )


async def on_renewals(tx: Tx, event: PaymentsFeesEvent, rules: Rules) -> None:
    """The fee of a renewal. A dispute about it puts the application on hold, as any dispute does."""
    match event:
        case FeePaid() | FeeWaived() if event.fee_id is not None:
            await terms.settle_renewal(tx, rules, event.application_id, event.fee_id)
        case FeeRefunded():
            await facts.note(tx, event.application_id, "renewal_refunded")
        case FeeDisputed():
            await facts.dispute_fee(tx, event.application_id)
        case _:
            pass


async def on_own_fees(tx: Tx, event: PaymentsFeesEvent) -> None:
    """The fee of an application."""
    match event:
        case FeePaid():
            await facts.settle_fee(tx, event.application_id, "fee_paid")
        case FeeWaived():
            await facts.settle_fee(tx, event.application_id, "fee_waived")
        case FeeRefunded(reason="waived"):  # a payment that came although the fee need not be paid: it ends nothing
            await facts.note(tx, event.application_id, "fee_refunded")
        case FeeRefunded():
            await facts.return_fee(tx, event.application_id, event.remaining_minor)
        case FeeDisputed():
            await facts.dispute_fee(tx, event.application_id)


async def on_cases(tx: Tx, event: ReviewCasesEvent) -> None:
    """The panel's case of an application."""
    match event:
        case CaseOpened():
            await facts.open_case(tx, event.application_id)
        case CaseDecided():
            await facts.decide(tx, event)
        case _:
            pass


async def on_badges(tx: Tx, event: BadgingBadgesEvent) -> None:
    """The badge of an application."""
    match event:
        case BadgeIssued():
            await facts.issue_badge(tx, event.application_id, event.url)
        case BadgeRevoked():
            await facts.change_badge(tx, event.application_id, "badge_revoked")
        case BadgeSuspended():
            await facts.change_badge(tx, event.application_id, "badge_suspended")
        case BadgeReinstated():
            await facts.change_badge(tx, event.application_id, "badge_reinstated")
