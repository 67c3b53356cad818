"""SQL of the clock: applications whose time has come, in batches. Each batch is one transaction that locks its rows.
Rows that another transaction has locked are left to the next round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain.applications import Application
from services.intake.domain.clock import Visit, next_look
from services.intake.domain.terms import Rules, Term
from services.intake.store import materials, terms
from services.intake.store.applications import application_from
from services.intake.store.terms import TERM_OF, whole_term_from
from services.intake.store.timeline import timeline_kept

CLAIM = """
    SELECT a.application_id FROM terms t JOIN applications a USING (application_id)
    WHERE t.next_at <= $1 ORDER BY t.next_at LIMIT $2 FOR NO KEY UPDATE OF a, t SKIP LOCKED
"""
# For each state the longest silent application, by the index of the staff's list. What its applicant writes beside it
# does not change the application, but is no silence.
CLAIM_SILENT = """
    SELECT a.application_id FROM applications a
    WHERE a.state = $1 AND a.changed_at <= $2
        AND NOT EXISTS (SELECT FROM terms t WHERE t.application_id = a.application_id)
        AND NOT EXISTS (SELECT FROM drafts d WHERE d.application_id = a.application_id AND d.saved_at > $2)
        AND NOT EXISTS (SELECT FROM study_plan s WHERE s.application_id = a.application_id AND s.added_at > $2)
    ORDER BY a.changed_at, a.application_id LIMIT $3 FOR NO KEY UPDATE OF a SKIP LOCKED
"""
LOAD = f"""
    SELECT a.*, NULL AS decision, {TERM_OF} FROM applications a WHERE a.application_id = ANY($1)
    ORDER BY a.application_id FOR NO KEY UPDATE OF a
"""
# The clock's change does not count as a change by the applicant, unless it changes the state.
SAVE = """
    UPDATE applications SET version = version + 1, state = $2, timeline = $3,
        changed_at = CASE WHEN state = $2 THEN changed_at ELSE $4 END
    WHERE application_id = $1
"""
FORGET = """
    UPDATE applications SET version = version + 1, basic = NULL, ratings = NULL, path_answer = NULL,
        withdrawal_note = NULL WHERE application_id = ANY($1)
"""
# Everything that was written for an application outside of its row. Each statement returns the objects that are deleted
# with it.
FORGET_BESIDE = (
    "DELETE FROM materials WHERE application_id = ANY($1) RETURNING content, annotation",
    "DELETE FROM drafts WHERE application_id = ANY($1) RETURNING content, NULL AS annotation",
    "DELETE FROM eligibility WHERE application_id = ANY($1) RETURNING NULL AS content, NULL AS annotation",
    "DELETE FROM assessments WHERE application_id = ANY($1) RETURNING NULL AS content, NULL AS annotation",
    "DELETE FROM study_plan WHERE application_id = ANY($1) RETURNING NULL AS content, NULL AS annotation",
    """
    UPDATE moved SET before = NULL, after = NULL, state = CASE state WHEN 'moved' THEN 'kept' WHEN 'undoing'
        THEN 'kept' WHEN 'waiting' THEN 'stayed' ELSE state END
    WHERE application_id = ANY($1) RETURNING NULL AS content, NULL AS annotation
    """,
    "UPDATE extensions SET reason = NULL WHERE application_id = ANY($1) RETURNING NULL AS content, NULL AS annotation",
)
END = "DELETE FROM terms WHERE application_id = $1"
KEEP_RULES = """
    INSERT INTO term_rules (rules) VALUES ($1)
    ON CONFLICT (one) DO UPDATE SET rules = excluded.rules WHERE term_rules.rules <> excluded.rules RETURNING one
"""
LOOK_AGAIN = """
    UPDATE terms SET next_at = $1 WHERE next_at IS NOT NULL OR (lapsed_at IS NOT NULL AND purged_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An application that the clock has locked. `term`: as it is stored; None for an application that fell silent."""

    application: Application
    term: Term | None
    changed_at: datetime


async def claim(tx: Tx, limit: int) -> list[Claimed]:
    """A batch of applications whose time has come."""
    return await _held(tx, [row["application_id"] for row in await tx.fetch(CLAIM, tx.now, limit)])


async def claim_silent(tx: Tx, state: str, silence: timedelta, limit: int) -> list[Claimed]:
    """A batch of applications in a state, without a term, in which nothing happened for so long."""
    rows = await tx.fetch(CLAIM_SILENT, state, tx.now - silence, limit)
    return await _held(tx, [row["application_id"] for row in rows])


async def _held(tx: Tx, ids: Sequence[UUID]) -> list[Claimed]:
    if not ids:
        return []
    return [
        Claimed(application_from(row), None if row["term"] is None else whole_term_from(row["term"]), row["changed_at"])
        for row in await tx.lock_many(ids, LOAD, ids)
    ]


async def save(tx: Tx, visits: Sequence[Visit], rules: Rules) -> list[ObjectClaim]:
    """Save the clock's changes of the locked applications and say the events. Returns the objects that no row names any
    more."""
    await tx.executemany(
        SAVE,
        [
            (after.application_id, after.state.value, timeline_kept(after.timeline), tx.now)
            for after in (one.application for one in visits)
        ],
    )
    kept = [(one.term, next_look(one.application, one.term, rules)) for one in visits if one.term is not None]
    if kept:
        await tx.executemany(terms.SAVE, [terms.fields(*one) for one in kept])
    over = [(one.application.application_id,) for one in visits if one.term is None]
    if over:
        await tx.executemany(END, over)
    for event in (event for one in visits for event in one.events):
        await tx.emit(event)
    purged = [one.application.application_id for one in visits if one.purge]
    return await _forget(tx, purged) if purged else []


async def keep_rules(tx: Tx, rules: object) -> bool:
    """Keep the rules by which looks are computed. If they changed, every application is looked at again."""
    changed = await tx.fetchrow(KEEP_RULES, rules) is not None
    if changed:
        await tx.execute(LOOK_AGAIN, tx.now)
    return changed


async def _forget(tx: Tx, purged: Sequence[UUID]) -> list[ObjectClaim]:
    await tx.execute(FORGET, purged)
    gone = [row for sql in FORGET_BESIDE for row in await tx.fetch(sql, purged)]
    claims = [ObjectClaim(**row[name]) for row in gone for name in ("content", "annotation") if row[name] is not None]
    # Attempts share what was carried over, so objects that another attempt names stay.
    unnamed = set(await materials.unnamed(tx, [claim.name for claim in claims]))
    return [claim for claim in claims if claim.name in unnamed]
