"""SQL of moves of applications to another version of their credential."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Overtaken, Tx
from contracts.catalog import CredentialDefinition
from contracts.event import Event
from services.intake.domain.applications import Application
from services.intake.domain.materials import Handed
from services.intake.domain.moves import Plan
from services.intake.store.applications import _SELECT, Loaded, _loaded
from services.intake.store.catalog import Definitions
from services.intake.store.timeline import timeline_kept

MOST_COUNTED = 10_000

_MOVABLE = "a.credential = $1 AND a.credential_version = $2 AND a.state IN ('started', 'fee_due', 'open')"
LIST = f"{_SELECT} WHERE {_MOVABLE} AND a.application_id > $3 ORDER BY a.application_id LIMIT $4"
TOTALS = f"""
    WITH movable AS (SELECT a.application_id, a.state FROM applications a WHERE {_MOVABLE} LIMIT $3)
    SELECT (SELECT count(*) FROM movable) AS applications,
        (SELECT coalesce(jsonb_object_agg(state, number), '{{}}') FROM (
            SELECT state, count(*) AS number FROM movable GROUP BY state) s) AS states,
        (SELECT coalesce(jsonb_object_agg(requirement, number), '{{}}') FROM (
            SELECT m.requirement, count(DISTINCT m.application_id) AS number
            FROM movable JOIN materials m USING (application_id) GROUP BY m.requirement) r) AS handed
"""
FROM_VERSIONS = """
    SELECT version FROM credentials c WHERE slug = $1 AND version <> $2 AND EXISTS (
        SELECT FROM applications a WHERE a.credential = c.slug AND a.credential_version = c.version
            AND a.state IN ('started', 'fee_due', 'open'))
    ORDER BY version DESC
"""
PUBLISHED = "SELECT published FROM credentials WHERE slug = $1 AND version = $2"
ADD = """
    INSERT INTO moves (move_id, slug, from_version, to_version, requirements, items, reason, actor, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
CHOOSE_ALL = f"""
    INSERT INTO moved (move_id, application_id, state, at)
    SELECT $3, a.application_id, 'waiting', $4 FROM applications a WHERE {_MOVABLE}
"""
CHOOSE = f"""
    INSERT INTO moved (move_id, application_id, state, at)
    SELECT $3, a.application_id, 'waiting', $4 FROM applications a WHERE {_MOVABLE} AND a.application_id = ANY($5)
"""
FIND = """
    SELECT v.*, w.name, w.email FROM moves v LEFT JOIN people w ON w.person_id = v.actor AND NOT w.erased
    WHERE v.move_id = $1
"""
COUNTS = "SELECT state, count(*) AS number FROM moved WHERE move_id = $1 GROUP BY state"
HELD_BACK = """
    SELECT application_id, state, why FROM moved WHERE move_id = $1 AND state IN ('stayed', 'kept')
    ORDER BY application_id LIMIT $2
"""
OF_VERSION = """
    SELECT move_id, from_version, at, undone_at FROM moves WHERE slug = $1 AND to_version = $2
    ORDER BY at DESC LIMIT 20
"""
TO_DO = """
    SELECT d.move_id, d.application_id, d.state FROM moved d WHERE d.state IN ('waiting', 'undoing')
    ORDER BY d.move_id, d.application_id LIMIT $1
"""
ONE = "SELECT state, before, after FROM moved WHERE move_id = $1 AND application_id = $2"
SETTLE = """
    UPDATE moved SET state = $3, why = $4, before = coalesce($5, before), after = coalesce($6, after), at = $7
    WHERE move_id = $1 AND application_id = $2 AND state IN ('waiting', 'undoing')
        AND (state = 'waiting') = ($3 IN ('moved', 'stayed'))
"""
UNDO = "UPDATE moves SET undone_by = $2, undone_at = $3 WHERE move_id = $1 AND undone_at IS NULL"
UNDO_EACH = """
    UPDATE moved SET state = CASE state WHEN 'moved' THEN 'undoing' ELSE 'stayed' END,
        why = CASE state WHEN 'moved' THEN why ELSE ARRAY['undone'] END
    WHERE move_id = $1 AND state IN ('moved', 'waiting')
"""
PIN = """
    UPDATE applications SET version = version + 1, credential_version = $3, agreement_version = $4,
        agreement_accepted_at = $5, path = $6, path_answer = $7, ratings = $8, carried_forward = $9, timeline = $10,
        changed_at = $11
    WHERE application_id = $1 AND version = $2
    RETURNING application_id
"""
# Moved to free keys first, because two materials may exchange their keys.
ASIDE = "UPDATE materials SET requirement = '!' || requirement WHERE application_id = $1"
RENAME = """
    UPDATE materials SET requirement = $4, items = $5
    WHERE application_id = $1 AND requirement = '!' || $2::text AND artifact_id IS NOT DISTINCT FROM $3
"""
ASIDE_DRAFTS = "UPDATE drafts SET requirement = '!' || requirement WHERE application_id = $1"
RENAME_DRAFTS = """
    UPDATE drafts SET requirement = coalesce($2::jsonb ->> substr(requirement, 2), CASE
        WHEN substr(requirement, 2, 1) = '~' THEN substr(requirement, 2) ELSE $3::text || substr(requirement, 2) END)
    WHERE application_id = $1
"""


@dataclass(frozen=True, slots=True)
class Move:
    """A move, with its number of applications in each state. `name` and `email` are of the staff member who made it."""

    move_id: UUID
    slug: str
    from_version: int
    to_version: int
    plan: Plan
    reason: str
    actor: UUID
    name: str
    email: str
    at: datetime
    undone_at: datetime | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """The applications that can be moved: their number (up to MOST_COUNTED and one), by state, and how many of them
    handed something in for each requirement."""

    applications: int
    states: Mapping[str, int]
    handed: Mapping[str, int]


async def definition(tx: Tx, definitions: Definitions, slug: str, version: int) -> CredentialDefinition | None:
    """A published version."""
    published = await tx.fetchval(PUBLISHED, slug, version)
    return None if published is None else await definitions.get(tx, slug, version, published)


async def from_versions(tx: Tx, slug: str, version: int) -> list[int]:
    """The other versions with applications that can be moved, the newest first."""
    return [row["version"] for row in await tx.fetch(FROM_VERSIONS, slug, version)]


async def movable(tx: Tx, definitions: Definitions, slug: str, version: int, after: UUID, limit: int) -> list[Loaded]:
    """Applications on a version that can be moved, after an id, up to a number."""
    return [await _loaded(tx, definitions, row) for row in await tx.fetch(LIST, slug, version, after, limit)]


async def totals(tx: Tx, slug: str, version: int) -> Totals:
    """All applications on a version that can be moved."""
    row = await tx.fetchrow(TOTALS, slug, version, MOST_COUNTED + 1)
    return Totals(0, {}, {}) if row is None else Totals(row["applications"], row["states"], row["handed"])


async def add(
    tx: Tx,
    move_id: UUID,
    versions: tuple[str, int, int],
    plan: Plan,
    reason: str,
    actor: UUID,
    chosen: Sequence[UUID] | None,
) -> None:
    """Add a move with its applications: the chosen ones, or all that can be moved."""
    slug, before, after = versions
    requirements, items = dict(plan.requirements), dict(plan.items)
    await tx.execute(ADD, move_id, slug, before, after, requirements, items, reason, actor, tx.now)
    if chosen is None:
        await tx.execute(CHOOSE_ALL, slug, before, move_id, tx.now)
    else:
        await tx.execute(CHOOSE, slug, before, move_id, tx.now, list(chosen))


async def find(tx: Tx, move_id: UUID) -> Move | None:
    """A move."""
    row = await tx.fetchrow(FIND, move_id)
    if row is None:
        return None
    counts = {one["state"]: one["number"] for one in await tx.fetch(COUNTS, move_id)}
    return Move(
        move_id=move_id,
        slug=row["slug"],
        from_version=row["from_version"],
        to_version=row["to_version"],
        plan=Plan(row["requirements"], row["items"]),
        reason=row["reason"],
        actor=row["actor"],
        name=row["name"] or "",
        email=row["email"] or "",
        at=row["at"],
        undone_at=row["undone_at"],
        counts=counts,
    )


async def held_back(tx: Tx, move_id: UUID, limit: int) -> list[tuple[UUID, str, list[str]]]:
    """Applications that were not moved, or not moved back, with the reasons."""
    rows = await tx.fetch(HELD_BACK, move_id, limit)
    return [(row["application_id"], row["state"], row["why"]) for row in rows]


async def of_version(tx: Tx, slug: str, version: int) -> list[asyncpg.Record]:
    """The moves to a version, the newest first."""
    return await tx.fetch(OF_VERSION, slug, version)


async def to_do(tx: Tx, limit: int) -> list[tuple[UUID, UUID]]:
    """Applications that wait to be moved or moved back, up to a number: move and application."""
    return [(row["move_id"], row["application_id"]) for row in await tx.fetch(TO_DO, limit)]


async def one(tx: Tx, move_id: UUID, application_id: UUID) -> asyncpg.Record | None:
    """An application of a move: its state there, and its records."""
    return await tx.fetchrow(ONE, move_id, application_id)


async def settle(
    tx: Tx,
    move_id: UUID,
    application_id: UUID,
    state: str,
    why: Sequence[str] = (),
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Save the result for an application of a move. Raises Overtaken if the move was undone at this moment."""
    tag = await tx.execute(SETTLE, move_id, application_id, state, list(why), before, after, tx.now)
    if tag != "UPDATE 1":
        raise Overtaken(f"{move_id}/{application_id}")


async def undo(tx: Tx, move_id: UUID, actor: UUID) -> None:
    """All moved applications will be moved back. Applications that still wait stay."""
    await tx.execute(UNDO, move_id, actor, tx.now)
    await tx.execute(UNDO_EACH, move_id)


async def pin(
    tx: Tx,
    before: Application,
    after: Application,
    keys: Sequence[tuple[Handed, str, Sequence[str]]],
    drafts: tuple[Mapping[str, str], str],
    says: Sequence[Event],
) -> None:
    """Save an application on another version. `keys`: materials, with the new key and items. `drafts`: the new key of
    each draft's requirement, and what stands before the key of others."""
    own = before.application_id
    await tx.save(
        own,
        PIN,
        own,
        before.version,
        after.credential_version,
        after.agreement_version,
        after.agreement_accepted_at,
        after.path,
        after.path_answer,
        None if after.ratings is None else dict(after.ratings),
        [item.model_dump() for item in after.carried_forward],
        timeline_kept(after.timeline),
        tx.now,
        says=says,
    )
    await tx.execute(ASIDE, own)
    await tx.executemany(
        RENAME, [(own, one.requirement, one.artifact_id, key, list(items)) for one, key, items in keys]
    )
    await tx.execute(ASIDE_DRAFTS, own)
    await tx.execute(RENAME_DRAFTS, own, dict(drafts[0]), drafts[1])
