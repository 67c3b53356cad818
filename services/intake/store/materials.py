"""SQL about what was handed in, and about objects that no row names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain.materials import Handed

_AS_JSON = """
    jsonb_build_object('requirement', m.requirement, 'artifact_id', m.artifact_id, 'kind', m.kind, 'content', m.content,
        'annotation', m.annotation, 'items', m.items, 'words', m.words, 'minutes', m.minutes, 'handed_in_at', m.handed_in_at)
"""
MATERIALS_OF = f"""
    (SELECT coalesce(jsonb_agg({_AS_JSON} ORDER BY m.handed_in_at, m.artifact_id), '[]') FROM materials m WHERE m.application_id = a.application_id)
"""
ALL = f"SELECT {_AS_JSON} AS material FROM materials m WHERE m.application_id = $1 ORDER BY m.handed_in_at, m.artifact_id"
COUNT = "SELECT count(*) FROM materials WHERE application_id = $1 AND requirement = $2"
PUT = """
    INSERT INTO materials (application_id, requirement, artifact_id, kind, content, annotation, items, words, minutes, handed_in_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (application_id, requirement, artifact_id)
        DO UPDATE SET content = excluded.content, words = excluded.words, minutes = excluded.minutes, handed_in_at = excluded.handed_in_at
"""
# Without an artifact id all of the requirement go.
TAKE_BACK = """
    WITH gone AS (
        DELETE FROM materials WHERE application_id = $1 AND requirement = $2 AND ($3::uuid IS NULL OR artifact_id = $3) RETURNING 1
    )
    SELECT count(*) FROM gone
"""
UNNAMED = """
    SELECT name FROM unnest($1::text[]) AS name
    WHERE NOT EXISTS (SELECT FROM materials m WHERE m.content ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM materials m WHERE m.annotation IS NOT NULL AND m.annotation ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM applications a WHERE a.withdrawal_note IS NOT NULL AND a.withdrawal_note ->> 'name' = name)
"""


async def all_of(tx: Tx, application_id: UUID) -> tuple[Handed, ...]:
    """Everything handed in for an application, in order. Exact under the lock of the application's row."""
    return tuple(handed_from(row["material"]) for row in await tx.fetch(ALL, application_id))


async def count(tx: Tx, application_id: UUID, requirement: str) -> int:
    """How many artifacts a requirement has."""
    found: int = await tx.fetchval(COUNT, application_id, requirement)
    return found


async def put(tx: Tx, application_id: UUID, handed: Handed) -> None:
    """Keep a material in the place of an earlier one, whose object is left to the sweep."""
    await tx.execute(
        PUT,
        application_id,
        handed.requirement,
        handed.artifact_id,
        handed.kind,
        handed.content.model_dump(),
        None if handed.annotation is None else handed.annotation.model_dump(),
        list(handed.items),
        handed.words,
        handed.minutes,
        handed.handed_in_at,
    )


async def take_back(tx: Tx, application_id: UUID, requirement: str, artifact_id: UUID | None) -> int:
    """Remove a requirement's material (or one artifact of it); how many went. Their objects are left to the sweep."""
    gone: int = await tx.fetchval(TAKE_BACK, application_id, requirement, artifact_id)
    return gone


async def unnamed(tx: Tx, names: Sequence[str]) -> list[str]:
    """Those of these objects that no row names."""
    return [row["name"] for row in await tx.fetch(UNNAMED, names)]


def handed_from(found: dict[str, Any]) -> Handed:
    """A material as PostgreSQL gives it."""
    return Handed(
        requirement=found["requirement"],
        kind=found["kind"],
        content=ObjectClaim(**found["content"]),
        handed_in_at=datetime.fromisoformat(found["handed_in_at"]),
        artifact_id=None if found["artifact_id"] is None else UUID(found["artifact_id"]),
        annotation=None if found["annotation"] is None else ObjectClaim(**found["annotation"]),
        items=tuple(found["items"]),
        words=found["words"],
        minutes=found["minutes"],
    )
