"""The inbox of Stripe's events. An event is stored before its webhook is answered, and a job works on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from contracts.claims import Money
from services.payments.domain.checkouts import Report

ADD = """
    INSERT INTO stripe_events (event_id, type, application_id, report, state, received_at, try_at)
    VALUES ($1, $2, $3, $4, 'received', $5, $5) ON CONFLICT DO NOTHING
"""
FIND_OPEN = """
    SELECT e.event_id, e.attempts, f.correlation_id FROM stripe_events e LEFT JOIN fees f USING (application_id)
    WHERE e.state IN ('received', 'waiting') AND e.try_at <= $1 AND (e.state = 'received'
        OR f.application_id IS NOT NULL)
    ORDER BY e.try_at, e.event_id LIMIT $2
"""
CLAIM = (
    "UPDATE stripe_events SET state = 'done', error = '' WHERE event_id = $1 AND state"
    " IN ('received', 'waiting') RETURNING report"
)
WAIT = "UPDATE stripe_events SET state = 'waiting' WHERE event_id = $1"
PUT_OFF = """
    UPDATE stripe_events SET attempts = attempts + 1, try_at = $2, error = $3,
        state = CASE WHEN $4 THEN 'failed' ELSE state END
    WHERE event_id = $1 AND state IN ('received', 'waiting')
"""


@dataclass(frozen=True, slots=True)
class Open:
    """An event that is still to be worked on. `correlation_id` is that of its application's story, if known."""

    event_id: str
    attempts: int
    correlation_id: UUID | None


async def add(tx: Tx, event_id: str, event_type: str, report: Report) -> None:
    """Store an event, unless it was stored before."""
    stored = {
        "session_id": report.session_id,
        "attempt": report.attempt,
        "status": report.status,
        "payment_status": report.payment_status,
        "amount": report.amount.model_dump(),
        "payment_intent": report.payment_intent,
        "application_id": str(report.application_id),
    }
    await tx.note(ADD, event_id, event_type, report.application_id, stored, tx.now)


async def find_open(tx: Tx, limit: int) -> list[Open]:
    """Events to work on now, oldest first: new ones, and those whose application has become known."""
    return [Open(**dict(row)) for row in await tx.fetch(FIND_OPEN, tx.now, limit)]


async def claim(tx: Tx, event_id: str) -> Report | None:
    """Take an event in the transaction of its effects. None if that was done before."""
    row = await tx.fetchrow(CLAIM, event_id)
    return None if row is None else _report(row)


async def wait(tx: Tx, event_id: str) -> None:
    """Put a claimed event back until its application is known."""
    await tx.note(WAIT, event_id)


async def put_off(tx: Tx, event_id: str, try_at: datetime, error: str, *, give_up: bool) -> None:
    """Try an event again later, or leave it to a person."""
    await tx.note(PUT_OFF, event_id, try_at, error, give_up)


def _report(row: Record) -> Report:
    stored = row["report"]
    return Report(
        session_id=stored["session_id"],
        application_id=UUID(stored["application_id"]),
        attempt=stored["attempt"],
        status=stored["status"],
        payment_status=stored["payment_status"],
        amount=Money(**stored["amount"]),
        payment_intent=stored["payment_intent"],
    )
