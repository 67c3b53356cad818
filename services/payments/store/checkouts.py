"""Attempts to pay, in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from services.payments.domain.checkouts import Checkout, State
from services.payments.domain.fees import Fee

# Everything that a page needs beside its fee, in one round trip.
FIND_PAPERS = """
    SELECT coalesce(p.email, '') AS email, coalesce(n.name, f.credential) AS its_name, c.*
    FROM fees f LEFT JOIN people p USING (person_id) LEFT JOIN credentials n ON n.slug = f.credential
        AND n.version = f.credential_version
    LEFT JOIN LATERAL (SELECT * FROM checkouts WHERE application_id = f.application_id ORDER BY attempt DESC LIMIT 1) c
        ON true
    WHERE f.application_id = $1
"""
ADD = """
    INSERT INTO checkouts (application_id, attempt, state, asked_at, ask_again_at)
    SELECT f.application_id, $2::int, $3::text, $4::timestamptz, $5::timestamptz FROM fees f
    WHERE f.application_id = $1 AND f.version = $6 FOR NO KEY UPDATE OF f
    ON CONFLICT DO NOTHING RETURNING attempt
"""
SAVE = """
    UPDATE checkouts SET state = $3, session_id = $4, url = $5, expires_at = $6
    WHERE application_id = $1 AND attempt = $2 AND state = $7 RETURNING attempt
"""
FIND_UNSETTLED = """
    SELECT c.*, f.person_id, f.correlation_id FROM checkouts c JOIN fees f USING (application_id)
    WHERE c.state IN ('opening', 'open') AND ask_again_at <= $1 ORDER BY ask_again_at LIMIT $2
"""
PUT_OFF = "UPDATE checkouts SET ask_again_at = $3 WHERE application_id = $1 AND attempt = $2"


@dataclass(frozen=True, slots=True)
class Papers:
    """The payer's address ('' if unknown), the name of what is paid for (its slug until the name is known), and the
    newest attempt."""

    email: str
    credential: str
    latest: Checkout | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An attempt, begun at `asked_at`, about which Stripe must be asked."""

    checkout: Checkout
    asked_at: datetime
    correlation_id: UUID


async def papers(tx: Tx, application_id: UUID) -> Papers:
    """What a page needs beside its fee. The fee must exist."""
    row = await tx.fetchrow(FIND_PAPERS, application_id)
    if row is None:
        raise LookupError(f"there is no fee of {application_id}")
    return Papers(row["email"], row["its_name"], None if row["attempt"] is None else _checkout(row))


async def add(tx: Tx, checkout: Checkout, fee: Fee, ask_again_at: datetime) -> None:
    """Add a new attempt to pay this fee, if the fee did not change and nobody else began one."""
    await tx.save(
        checkout.idempotency_key,
        ADD,
        checkout.application_id,
        checkout.attempt,
        checkout.state,
        tx.now,
        ask_again_at,
        fee.version,
    )


async def save(tx: Tx, before: Checkout, after: Checkout) -> None:
    """Write an attempt's new state, if its state did not change before."""
    await tx.save(
        after.idempotency_key,
        SAVE,
        after.application_id,
        after.attempt,
        after.state,
        after.session_id,
        after.url,
        after.expires_at,
        before.state,
    )


async def unsettled(tx: Tx, limit: int) -> list[Unsettled]:
    """Attempts about which Stripe must be asked now."""
    return [
        Unsettled(_checkout(row), row["asked_at"], row["correlation_id"])
        for row in await tx.fetch(FIND_UNSETTLED, tx.now, limit)
    ]


async def put_off(tx: Tx, checkout: Checkout, ask_again_at: datetime) -> None:
    """Ask about an attempt again later."""
    await tx.note(PUT_OFF, checkout.application_id, checkout.attempt, ask_again_at)


def _checkout(row: Record) -> Checkout:
    return Checkout(
        row["application_id"], row["attempt"], State(row["state"]), row["session_id"], row["url"], row["expires_at"]
    )
