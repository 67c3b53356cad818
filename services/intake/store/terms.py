"""SQL of the terms of applications. A term is written under its application's version, which every change counts up."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import Money
from services.intake.domain import terms
from services.intake.domain.terms import Renewal, Term
from services.intake.store import periods

TERM_OF = """
    (SELECT to_jsonb(t) || jsonb_build_object('period', to_jsonb(tp), 'renewal_period', to_jsonb(tr), 'reason',
            (SELECT e.reason FROM extensions e WHERE e.application_id = t.application_id ORDER BY e.at DESC LIMIT 1))
        FROM terms t
        LEFT JOIN periods tp ON tp.period_id = t.period_id LEFT JOIN periods tr ON tr.period_id = t.renewal_period_id
        WHERE t.application_id = a.application_id) AS term
"""
FIND = f"SELECT {TERM_OF}, a.changed_at FROM applications a WHERE a.application_id = $1"
SAVE = """
    INSERT INTO terms (application_id, period_id, extended_to, silent_since, due_at, warned_at, renewal_id,
        renewal_period_id, renewal_fee, renewal_asked_at, lapsed_at, purged_at, next_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (application_id) DO UPDATE SET period_id = excluded.period_id, extended_to = excluded.extended_to,
        silent_since = excluded.silent_since, due_at = excluded.due_at, warned_at = excluded.warned_at,
        renewal_id = excluded.renewal_id, renewal_period_id = excluded.renewal_period_id,
        renewal_fee = excluded.renewal_fee, renewal_asked_at = excluded.renewal_asked_at,
        lapsed_at = excluded.lapsed_at, purged_at = excluded.purged_at, next_at = excluded.next_at
"""
# For `terms.standing` the silence is over when the application changed.
END_SILENCE = """
    UPDATE applications a SET changed_at = $2
    WHERE a.application_id = $1
        AND EXISTS (SELECT FROM terms t WHERE t.application_id = $1 AND t.silent_since <= $2 AND t.lapsed_at IS NULL)
"""
ADD_EXTENSION = """
    INSERT INTO extensions (extension_id, application_id, at, last_day, reason) VALUES ($1, $2, $3, $4, $5)
"""


async def find(tx: Tx, application_id: UUID) -> Term | None:
    """The term of a loaded application."""
    row = await tx.fetchrow(FIND, application_id)
    return None if row is None else term_from(row["term"], row["changed_at"])


async def add(tx: Tx, term: Term, next_at: datetime | None) -> None:
    """Add the term of a new application, which must be saved first."""
    await tx.note(SAVE, *fields(term, next_at))


async def save(tx: Tx, term: Term) -> None:
    """Save a changed term together with its application, which must be saved first. The clock looks at it at once."""
    await tx.note(SAVE, *fields(term, tx.now))
    tx.wake(periods.CLOCK)


async def end_silence(tx: Tx, application_id: UUID, term: Term | None) -> None:
    """The applicant saved something beside their application, which is otherwise not changed by it: a deadline that a
    silence gave is taken away. `term`: as it was loaded."""
    if term is not None and term.silent_since is not None:
        await tx.note(END_SILENCE, application_id, tx.now)


async def add_extension(tx: Tx, extension_id: UUID, application_id: UUID, last_day: date, reason: str) -> None:
    """Add the reason for an extension."""
    await tx.note(ADD_EXTENSION, extension_id, application_id, tx.now, last_day, reason)


def fields(term: Term, next_at: datetime | None) -> Sequence[object]:
    """The parameters of `SAVE`."""
    renewal = term.renewal
    return (
        term.application_id,
        None if term.period is None else term.period.period_id,
        term.extended_to,
        term.silent_since,
        term.due_at,
        term.warned_at,
        None if renewal is None else renewal.renewal_id,
        None if renewal is None else renewal.to.period_id,
        None if renewal is None else renewal.fee.model_dump(),
        None if renewal is None else renewal.asked_at,
        term.lapsed_at,
        term.purged_at,
        next_at,
    )


def term_from(found: dict[str, Any] | None, changed_at: datetime) -> Term | None:
    """A term as PostgreSQL gives it. None if it was given for a silence and its application has changed since."""
    return None if found is None else terms.in_force(whole_term_from(found), changed_at)


def whole_term_from(found: dict[str, Any]) -> Term:
    """A term as PostgreSQL gives it."""
    renewal = None
    if found["renewal_id"] is not None:
        fee, asked_at = Money(**found["renewal_fee"]), datetime.fromisoformat(found["renewal_asked_at"])
        renewal = Renewal(UUID(found["renewal_id"]), periods.kept(found["renewal_period"]), fee, asked_at)
    return Term(
        application_id=UUID(found["application_id"]),
        due_at=datetime.fromisoformat(found["due_at"]),
        warned_at=datetime.fromisoformat(found["warned_at"]),
        period=None if found["period_id"] is None else periods.kept(found["period"]),
        extended_to=None if found["extended_to"] is None else date.fromisoformat(found["extended_to"]),
        silent_since=_moment(found["silent_since"]),
        renewal=renewal,
        reason=found["reason"],
        lapsed_at=_moment(found["lapsed_at"]),
        purged_at=_moment(found["purged_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
