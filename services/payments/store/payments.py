"""Payments in PostgreSQL, as far as Stripe is asked about them: refunds, and what Stripe took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import Money
from services.payments.domain.ledger import Entry
from services.payments.store.fees import money
from services.payments.store.ledger import BOOKED, rows_of


@dataclass(frozen=True, slots=True)
class Returning:
    """A payment to give back, since `moved_at`. `refund_id` is Stripe's, once it accepted the refund."""

    application_id: UUID
    payment_intent: str
    amount: Money
    attempt: int
    refund_id: str | None
    moved_at: datetime
    correlation_id: UUID

    @property
    def idempotency_key(self) -> str:
        """The key that makes a repeated request to Stripe harmless, also after a restart."""
        return f"{self.application_id}:refund-{self.payment_intent}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Uncharged:
    """A payment whose Stripe fee is not known yet."""

    application_id: UUID
    payment_intent: str
    arrived_at: datetime
    correlation_id: UUID


FIND_RETURNING = """
    SELECT p.application_id, payment_intent, p.amount_minor, p.currency, refund_attempt, refund_id, moved_at,
        correlation_id FROM payments p
    JOIN fees USING (application_id) WHERE p.state = 'returning'
        AND refund_again_at <= $1 ORDER BY refund_again_at LIMIT $2
"""
PUT_OFF_RETURN = "UPDATE payments SET refund_again_at = $2 WHERE payment_intent = $1 AND state = 'returning'"
SPEND_REFUND_KEY = "UPDATE payments SET refund_attempt = $2 + 1 WHERE payment_intent = $1 AND refund_attempt = $2"
SET_REFUND = "UPDATE payments SET refund_id = $2 WHERE payment_intent = $1"
FIND_UNCHARGED = """
    SELECT coalesce(f.of_application, f.application_id) AS application_id, payment_intent, arrived_at, correlation_id
    FROM payments p JOIN fees f USING (application_id)
    WHERE stripe_fee_minor IS NULL AND ask_again_at <= $1 ORDER BY ask_again_at LIMIT $2
"""
SET_CHARGE = f"""
    WITH {BOOKED}
    UPDATE payments SET stripe_fee_minor = $4, receipt_url = $5 WHERE payment_intent = $3 AND stripe_fee_minor IS NULL
"""
PUT_OFF_CHARGE = "UPDATE payments SET ask_again_at = $2 WHERE payment_intent = $1"
COUNT_FOR_A_PERSON = """
    SELECT (SELECT count(*) FROM payments WHERE state = 'held') AS wrong_amount,
        (SELECT count(*) FROM payments WHERE state = 'stuck') AS refund_failed,
        (SELECT count(*) FROM stripe_events WHERE state = 'failed') AS event_failed,
        (SELECT count(*) FROM stripe_events WHERE state = 'waiting'
            AND received_at < $1) AS event_of_unknown_application
"""


async def returning(tx: Tx, limit: int) -> list[Returning]:
    """Payments whose refund must be requested (again) now."""
    rows = await tx.fetch(FIND_RETURNING, tx.now, limit)
    return [
        Returning(
            row["application_id"],
            row["payment_intent"],
            money(row),
            row["refund_attempt"],
            row["refund_id"],
            row["moved_at"],
            row["correlation_id"],
        )
        for row in rows
    ]


async def put_off_return(tx: Tx, payment_intent: str, again_at: datetime) -> None:
    """Put off the next request for this refund."""
    await tx.note(PUT_OFF_RETURN, payment_intent, again_at)


async def spend_refund_key(tx: Tx, payment: Returning) -> None:
    """Count up the attempt, because its key is spent and the next attempt needs another."""
    await tx.note(SPEND_REFUND_KEY, payment.payment_intent, payment.attempt)


async def set_refund(tx: Tx, payment_intent: str, refund_id: str) -> None:
    """Keep Stripe's id of the refund."""
    await tx.note(SET_REFUND, payment_intent, refund_id)


async def uncharged(tx: Tx, limit: int) -> list[Uncharged]:
    """Payments whose Stripe fee must be asked for now."""
    return [Uncharged(**dict(row)) for row in await tx.fetch(FIND_UNCHARGED, tx.now, limit)]


async def set_charge(
    tx: Tx, payment_intent: str, fee_minor: int, receipt_url: str | None, entries: Sequence[Entry]
) -> None:
    """Keep Stripe's fee of a payment, also in the books, and the address of its receipt. They are set once."""
    await tx.note(SET_CHARGE, tx.now, rows_of(entries), payment_intent, fee_minor, receipt_url)


async def put_off_charge(tx: Tx, payment_intent: str, again_at: datetime) -> None:
    """Put off the next request for Stripe's fee."""
    await tx.note(PUT_OFF_CHARGE, payment_intent, again_at)


async def count_for_a_person(tx: Tx, waiting_since: datetime) -> dict[str, int]:
    """The number of payments and events of each kind that a person must look at."""
    row = await tx.fetchrow(COUNT_FOR_A_PERSON, waiting_since)
    return dict(row) if row is not None else {}
