"""SQL of things beside the materials that a move carries: requests for letters, and study plans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from services.intake.domain.move_beside import Beside
from services.intake.domain.moves import Plan
from services.intake.domain.study_plan import Entry
from services.intake.store.letters import request_from
from services.intake.store.study_plan import entry_from

LETTERS = "SELECT * FROM letter_requests WHERE application_id = ANY($1) ORDER BY asked_at, request_id"
STUDY_PLANS = """
    SELECT application_id, entry_id, title, resource, item, by, done, added_at FROM study_plan
    WHERE application_id = ANY($1) ORDER BY place
"""
_MOVABLE = """
    SELECT a.application_id FROM applications a
    WHERE a.credential = $1 AND a.credential_version = $2 AND a.state IN ('started', 'fee_due', 'open') LIMIT $3
"""
LETTERS_IN_TOTAL = f"""
    SELECT r.requirement, count(*) AS number FROM ({_MOVABLE}) movable JOIN letter_requests r USING (application_id)
    WHERE r.state = 'asked' GROUP BY r.requirement
"""
PLANS_IN_TOTAL = f"""
    SELECT count(*) AS entries, count(*) FILTER (WHERE s.item <> ALL($4) OR s.resource <> ALL($5)) AS loosened
    FROM ({_MOVABLE}) movable JOIN study_plan s USING (application_id)
"""
RENAME_LETTERS = """
    UPDATE letter_requests SET requirement = coalesce($2::jsonb ->> requirement,
        CASE WHEN left(requirement, 1) = '~' THEN requirement ELSE $3::text || requirement END)
    WHERE application_id = $1
"""
PUT_ENTRY = "UPDATE study_plan SET item = $3, resource = $4 WHERE application_id = $1 AND entry_id = $2"


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of the applications that can be moved: unanswered requests for letters, by requirement; entries of study
    plans, and how many of them lose the name of an item or resource."""

    letters: Mapping[str, int]
    plan: int
    plan_loosened: int


async def of(tx: Tx, application_ids: Sequence[UUID]) -> Mapping[UUID, Beside]:
    """The parts of each of these applications that depend on its version, by id."""
    letters, plans = defaultdict(list), defaultdict(list)
    for row in await tx.fetch(LETTERS, list(application_ids)):
        letters[row["application_id"]].append(request_from(row))
    for row in await tx.fetch(STUDY_PLANS, list(application_ids)):
        plans[row["application_id"]].append(entry_from(row))
    return {one: Beside(tuple(letters[one]), tuple(plans[one])) for one in application_ids}


async def totals(tx: Tx, before: CredentialDefinition, after: CredentialDefinition, plan: Plan, most: int) -> Totals:
    """The totals over all applications that can be moved, up to a number."""
    pinned = (before.slug, before.version, most)
    letters = {row["requirement"]: row["number"] for row in await tx.fetch(LETTERS_IN_TOTAL, *pinned)}
    kept = (list(plan.items), [one.key for one in after.resources])
    row = await tx.fetchrow(PLANS_IN_TOTAL, *pinned, *kept)
    return Totals(letters, 0 if row is None else row["entries"], 0 if row is None else row["loosened"])


async def rename_letters(tx: Tx, application_id: UUID, keys: Mapping[str, str], left: str) -> None:
    """Give the requests of an application the new keys of their requirements. The other requests get `left` before
    their key, unless they were left behind earlier. Save the application first."""
    await tx.execute(RENAME_LETTERS, application_id, dict(keys), left)


async def put_plan(tx: Tx, application_id: UUID, entries: Sequence[Entry]) -> None:
    """Save the items and resources of a study plan. Lock the application first."""
    await tx.executemany(PUT_ENTRY, [(application_id, one.entry_id, one.item, one.resource) for one in entries])
