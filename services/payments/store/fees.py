"""Fees, their payments and the ledger in PostgreSQL. A fee and its payments change together, and each change raises the
fee's version."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from contracts.claims import Money
from services.payments.domain import checkouts, fees, receipts
from services.payments.domain.checkouts import Checkout
from services.payments.domain.fees import Change, Fee
from services.payments.domain.ledger import Entry
from services.payments.domain.receipts import Payment
from services.payments.store import renewals


@dataclass(frozen=True, slots=True)
class Shown:
    """A fee as people see it: with the credential's name (its slug until the name is known), and its receipt."""

    fee: Fee
    credential: str
    receipt_url: str | None


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


_PAYMENTS = """
    coalesce(
        (SELECT jsonb_agg(p ORDER BY arrived_at, payment_intent) FROM payments p
        WHERE p.application_id = f.application_id), '[]'
    ) AS payments
"""
FIND_FEE = f"""
    SELECT f.*, {_PAYMENTS}, coalesce(c.name, f.credential) AS its_name
    FROM fees f LEFT JOIN credentials c ON c.slug = f.credential
        AND c.version = f.credential_version WHERE application_id = $1
"""
LOAD_FEE = f"""
    SELECT f.*, {_PAYMENTS}, (SELECT seen.version FROM fees seen WHERE seen.application_id = $1) AS version_as_read
    FROM fees f WHERE f.application_id = $1
"""
# Attempts change without the fee's version, so the version cannot show whether they are current.
LOAD_FEE_WITH_PAGE = f"""
    SELECT f.*, {_PAYMENTS}, c.state AS page_state, c.session_id, c.url, c.expires_at
    FROM fees f LEFT JOIN checkouts c ON c.application_id = f.application_id AND c.attempt = $2
    WHERE f.application_id = $1
"""
# Part of the statement that makes the booked change. An existing entry stays as it is.
_BOOKED = """
    booked AS (
        INSERT INTO ledger (entry_id, at, application_id, kind, currency, lines) SELECT e.entry_id, $1,
            e.application_id, e.kind, e.currency, e.lines
        FROM jsonb_to_recordset($2) AS e (entry_id uuid, application_id uuid, kind text, currency text, lines jsonb)
        ON CONFLICT DO NOTHING
    )
"""
ADD_FEE = f"""
    WITH {_BOOKED}
    INSERT INTO fees (application_id, person_id, credential, credential_version, amount_minor, currency, state,
        paid_at, correlation_id, asked_at, of_application)
    VALUES ($3, $4, $5, $6, $7, $8, $9, $10, $11, $1, $12) ON CONFLICT DO NOTHING RETURNING application_id
"""
UPDATE_FEE = f"""
    WITH {_BOOKED}, moved AS (
        INSERT INTO payments (payment_intent, application_id, amount_minor, currency, state, arrived_at, moved_at,
            ask_again_at, refund_again_at)
        SELECT p.payment_intent, $3, p.amount_minor, p.currency, p.state, $1, $1, $1, $1
        FROM jsonb_to_recordset($8) AS p (payment_intent text, amount_minor bigint, currency text, state text)
        ON CONFLICT (payment_intent) DO UPDATE SET state = excluded.state, moved_at = excluded.moved_at,
            refund_again_at = excluded.refund_again_at
    )
    UPDATE fees SET state = $5, paid_at = $6, withdrawn_at = $7, version = version + 1 WHERE application_id = $3
        AND version = $4 RETURNING application_id
"""
FIND_LEDGER = """
    SELECT at, entry_id, application_id, kind, currency, lines FROM ledger
    WHERE at >= coalesce($1::timestamptz, '-infinity') AND at < coalesce($2::timestamptz, 'infinity')
        AND ($3::timestamptz IS NULL OR (at, entry_id) > ($3, $4::uuid))
    ORDER BY at, entry_id LIMIT $5
"""
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
    WITH {_BOOKED}
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


async def add(tx: Tx, change: Change, credential_version: int) -> bool:
    """Add a new fee with its entries, and lock its key. False if it is known already. The version of the credential
    gives its name."""
    fee = change.fee
    money = fee.amount
    row = await tx.lock(
        fee.fee_id,
        ADD_FEE,
        tx.now,
        _entries(change.entries),
        fee.fee_id,
        fee.person_id,
        fee.credential,
        credential_version,
        money.amount_minor,
        money.currency,
        fee.state,
        fee.paid_at,
        tx.correlation_id,
        None if fee.renewal_id is None else fee.application_id,
    )
    return row is not None


async def load(tx: Tx, application_id: UUID) -> Fee | None:
    """The fee with its payments; None if it is not known."""
    row = await tx.load(application_id, LOAD_FEE, application_id, lock="f")
    return None if row is None else _fee(row)


async def load_with_page(tx: Tx, application_id: UUID, attempt: int) -> tuple[Fee | None, Checkout | None]:
    """`load`, and one attempt to pay. An attempt always has a fee."""
    row = await tx.load(application_id, LOAD_FEE_WITH_PAGE, application_id, attempt, lock="f")
    if row is None:
        return None, None
    if row["page_state"] is None:
        return _fee(row), None
    state = checkouts.State(row["page_state"])
    return _fee(row), Checkout(application_id, attempt, state, row["session_id"], row["url"], row["expires_at"])


async def find(tx: Tx, application_id: UUID) -> Shown | None:
    """The fee with its payments and the receipt of the kept one, to show. One statement reads all of it, so it is one
    moment."""
    row = await tx.fetchrow(FIND_FEE, application_id)
    if row is None:
        return None
    receipt_urls = [payment["receipt_url"] for payment in row["payments"] if payment["receipt_url"] is not None]
    return Shown(_fee(row), row["its_name"], receipt_urls[0] if receipt_urls else None)


async def save(tx: Tx, change: Change) -> None:
    """Write a fee's change whole, and say its events."""
    fee = change.fee
    payments = [
        {"payment_intent": payment.payment_intent, **payment.amount.model_dump(), "state": payment.state}
        for payment in change.payments
    ]
    if fee.renewal_id is not None and change.events:
        await renewals.hold_key(tx, fee)
    await tx.save(
        fee.fee_id,
        UPDATE_FEE,
        tx.now,
        _entries(change.entries),
        fee.fee_id,
        fee.version,
        fee.state,
        fee.paid_at,
        fee.withdrawn_at,
        payments,
        says=change.events,
    )


async def ledger(
    tx: Tx, start: datetime | None, end: datetime | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """Entries from `start` (included) to `end` (not included), oldest first, after the one that `after` names."""
    at, entry_id = after if after is not None else (None, None)
    return await tx.fetch(FIND_LEDGER, start, end, at, entry_id, limit)


async def returning(tx: Tx, limit: int) -> list[Returning]:
    """Payments whose refund must be requested (again) now."""
    rows = await tx.fetch(FIND_RETURNING, tx.now, limit)
    return [
        Returning(
            row["application_id"],
            row["payment_intent"],
            _money(row),
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
    await tx.note(SET_CHARGE, tx.now, _entries(entries), payment_intent, fee_minor, receipt_url)


async def put_off_charge(tx: Tx, payment_intent: str, again_at: datetime) -> None:
    """Put off the next request for Stripe's fee."""
    await tx.note(PUT_OFF_CHARGE, payment_intent, again_at)


async def count_for_a_person(tx: Tx, waiting_since: datetime) -> dict[str, int]:
    """The number of payments and events of each kind that a person must look at."""
    row = await tx.fetchrow(COUNT_FOR_A_PERSON, waiting_since)
    return dict(row) if row is not None else {}


def _fee(row: Record) -> Fee:
    renewal_id = None if row["of_application"] is None else row["application_id"]
    return Fee(
        row["of_application"] or row["application_id"],
        row["person_id"],
        row["credential"],
        _money(row),
        fees.State(row["state"]),
        row["paid_at"],
        row["withdrawn_at"],
        tuple(
            Payment(payment["payment_intent"], _money(payment), receipts.State(payment["state"]))
            for payment in row["payments"]
        ),
        row["version"],
        renewal_id,
    )


def _entries(entries: Sequence[Entry]) -> list[dict[str, object]]:
    return [asdict(entry) for entry in entries]


def _money(row: Any) -> Money:
    return Money(amount_minor=row["amount_minor"], currency=row["currency"])
