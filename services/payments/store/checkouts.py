"""Attempts at paying, in PostgreSQL. The lock on the fee guards them too."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from services.payments.domain.checkouts import Checkout, State

# Everything that a page depends on beside its fee, in one round trip.
FIND_PAPERS = """
    SELECT coalesce(p.email, '') AS email, coalesce(n.name, f.credential) AS its_name, c.*
    FROM fees f LEFT JOIN people p USING (person_id) LEFT JOIN credentials n ON n.slug = f.credential
        AND n.version = f.credential_version
    LEFT JOIN LATERAL (SELECT * FROM checkouts WHERE application_id = f.application_id ORDER BY attempt DESC LIMIT 1) c
        ON true
    WHERE f.application_id = $1
"""
ADD = "INSERT INTO checkouts (application_id, attempt, state, asked_at, ask_again_at) VALUES ($1, $2, $3, $4, $5)"
SAVE = (
    "UPDATE checkouts SET state = $3, session_id = $4, url = $5, expires_at = $6"
    " WHERE application_id = $1 AND attempt = $2"
)
FIND_UNSETTLED = """
    SELECT c.*, f.person_id, f.correlation_id FROM checkouts c JOIN fees f USING (application_id)
    WHERE c.state IN ('opening', 'open') AND ask_again_at <= $1 ORDER BY ask_again_at LIMIT $2
"""
PUT_OFF = "UPDATE checkouts SET ask_again_at = $3 WHERE application_id = $1 AND attempt = $2"


@dataclass(frozen=True, slots=True)
class Papers:
    """The payer's address ('' if it is not known), what is paid for (its slug until its name is here), and the newest
    attempt."""

    email: str
    credential: str
    latest: Checkout | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An attempt, begun at `asked_at`, that Stripe is to be asked about."""

    checkout: Checkout
    asked_at: datetime
    correlation_id: UUID


async def papers(tx: Tx, application_id: UUID) -> Papers:
    """What a page depends on beside its fee, which is locked."""
    row = await tx.fetchrow(FIND_PAPERS, application_id)
    if row is None:
        raise LookupError(f"there is no fee of {application_id}")
    return Papers(row["email"], row["its_name"], None if row["attempt"] is None else _checkout(row))


async def add(tx: Tx, checkout: Checkout, ask_again_at: datetime) -> None:
    """A new attempt."""
    await tx.execute(ADD, checkout.application_id, checkout.attempt, checkout.state, tx.now, ask_again_at)


async def save(tx: Tx, checkout: Checkout) -> None:
    """Write an attempt's new state."""
    await tx.execute(
        SAVE,
        checkout.application_id,
        checkout.attempt,
        checkout.state,
        checkout.session_id,
        checkout.url,
        checkout.expires_at,
    )


async def unsettled(tx: Tx, limit: int) -> list[Unsettled]:
    """Attempts that Stripe is to be asked about now."""
    return [
        Unsettled(_checkout(row), row["asked_at"], row["correlation_id"])
        for row in await tx.fetch(FIND_UNSETTLED, tx.now, limit)
    ]


async def put_off(tx: Tx, checkout: Checkout, ask_again_at: datetime) -> None:
    """Ask about an attempt again later."""
    await tx.execute(PUT_OFF, checkout.application_id, checkout.attempt, ask_again_at)


def _checkout(row: Record) -> Checkout:
    return Checkout(
        row["application_id"], row["attempt"], State(row["state"]), row["session_id"], row["url"], row["expires_at"]
    )
