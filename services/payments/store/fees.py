"""Fees and their payments in PostgreSQL. A fee and its payments change together, with what stands in the books of it,
and each change raises the fee's version."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from contracts.claims import Money
from services.payments.domain import checkouts, fee_states, receipts
from services.payments.domain.checkouts import Checkout
from services.payments.domain.fees import Change, Fee
from services.payments.domain.receipts import Payment
from services.payments.store import renewals
from services.payments.store.ledger import BOOKED, rows_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A fee as people see it: with the credential's name (its slug until the name is known), and its receipt."""

    fee: Fee
    credential: str
    receipt_url: str | None


PAYMENTS = """
    coalesce(
        (SELECT jsonb_agg(p ORDER BY arrived_at, payment_intent) FROM payments p
        WHERE p.application_id = f.application_id), '[]'
    ) AS payments
"""
FIND_FEE = f"""
    SELECT f.*, {PAYMENTS}, coalesce(c.name, f.credential) AS its_name
    FROM fees f LEFT JOIN credentials c ON c.slug = f.credential
        AND c.version = f.credential_version WHERE application_id = $1
"""
LOAD_FEE = f"""
    SELECT f.*, {PAYMENTS}, (SELECT seen.version FROM fees seen WHERE seen.application_id = $1) AS version_as_read
    FROM fees f WHERE f.application_id = $1
"""
# Attempts change without the fee's version, so the version cannot show whether they are current.
LOAD_FEE_WITH_PAGE = f"""
    SELECT f.*, {PAYMENTS}, c.state AS page_state, c.session_id, c.url, c.expires_at
    FROM fees f LEFT JOIN checkouts c ON c.application_id = f.application_id AND c.attempt = $2
    WHERE f.application_id = $1
"""
ADD_FEE = f"""
    WITH {BOOKED}
    INSERT INTO fees (application_id, person_id, credential, credential_version, amount_minor, currency, state,
        paid_at, correlation_id, asked_at, of_application)
    VALUES ($3, $4, $5, $6, $7, $8, $9, $10, $11, $1, $12) ON CONFLICT DO NOTHING RETURNING application_id
"""
UPDATE_FEE = f"""
    WITH {BOOKED}, moved AS (
        INSERT INTO payments (payment_intent, application_id, amount_minor, currency, state, arrived_at, moved_at,
            ask_again_at, refund_again_at)
        SELECT p.payment_intent, $3, p.amount_minor, p.currency, p.state, $1, $1, $1, $1
        FROM jsonb_to_recordset($8) AS p (payment_intent text, amount_minor bigint, currency text, state text)
        ON CONFLICT (payment_intent) DO UPDATE SET state = excluded.state, moved_at = excluded.moved_at,
            refund_again_at = excluded.refund_again_at
    )
    UPDATE fees SET state = $5, paid_at = $6, withdrawn_at = $7, given_back_at = $9, version = version + 1
    WHERE application_id = $3 AND version = $4 RETURNING application_id
"""


async def add(tx: Tx, change: Change, credential_version: int) -> bool:
    """Add a new fee with its entries, and lock its key. False if it is known already. The version of the credential
    gives its name."""
    fee = change.fee
    amount = fee.amount
    row = await tx.lock(
        fee.fee_id,
        ADD_FEE,
        tx.now,
        rows_of(change.entries),
        fee.fee_id,
        fee.person_id,
        fee.credential,
        credential_version,
        amount.amount_minor,
        amount.currency,
        fee.state,
        fee.paid_at,
        tx.correlation_id,
        None if fee.renewal_id is None else fee.application_id,
    )
    return row is not None


async def load(tx: Tx, application_id: UUID) -> Fee | None:
    """The fee with its payments; None if it is not known."""
    row = await tx.load(application_id, LOAD_FEE, application_id, lock="f")
    return None if row is None else fee_from(row)


async def load_with_page(tx: Tx, application_id: UUID, attempt: int) -> tuple[Fee | None, Checkout | None]:
    """`load`, and one attempt to pay. An attempt always has a fee."""
    row = await tx.load(application_id, LOAD_FEE_WITH_PAGE, application_id, attempt, lock="f")
    if row is None:
        return None, None
    if row["page_state"] is None:
        return fee_from(row), None
    state = checkouts.State(row["page_state"])
    return fee_from(row), Checkout(application_id, attempt, state, row["session_id"], row["url"], row["expires_at"])


async def find(tx: Tx, application_id: UUID) -> Shown | None:
    """The fee with its payments and the receipt of the kept one, to show. One statement reads all of it, so it is one
    moment."""
    row = await tx.fetchrow(FIND_FEE, application_id)
    return None if row is None else shown_from(row)


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
        rows_of(change.entries),
        fee.fee_id,
        fee.version,
        fee.state,
        fee.paid_at,
        fee.withdrawn_at,
        payments,
        fee.given_back_at,
        says=change.events,
    )


def shown_from(row: Record) -> Shown:
    """A fee as people see it, as PostgreSQL gives it."""
    receipt_urls = [payment["receipt_url"] for payment in row["payments"] if payment["receipt_url"] is not None]
    return Shown(fee_from(row), row["its_name"], receipt_urls[0] if receipt_urls else None)


def fee_from(row: Record) -> Fee:
    """A fee as PostgreSQL gives it, with its payments."""
    renewal_id = None if row["of_application"] is None else row["application_id"]
    return Fee(
        row["of_application"] or row["application_id"],
        row["person_id"],
        row["credential"],
        money(row),
        fee_states.State(row["state"]),
        row["paid_at"],
        row["withdrawn_at"],
        tuple(
            Payment(payment["payment_intent"], money(payment), receipts.State(payment["state"]))
            for payment in row["payments"]
        ),
        row["version"],
        renewal_id,
        row["given_back_at"],
    )


def money(row: Any) -> Money:
    """The amount in a row."""
    return Money(amount_minor=row["amount_minor"], currency=row["currency"])
