"""SQL of materials, and of objects that no row names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from contracts.event import Event
from services.intake.domain.applications import Application
from services.intake.domain.materials import Handed
from services.intake.store.timeline import timeline_kept

MATERIALS_OF = """
    (SELECT coalesce(json_agg(m ORDER BY m.handed_in_at, m.artifact_id),
        '[]') FROM materials m WHERE m.application_id = a.application_id)
"""
# Both are written only if the application has not changed since this was decided: its version is the guard.
PUT = """
    WITH own AS (
        UPDATE applications SET version = version + 1, ratings = $3, changed_at = $14, timeline = $15
        WHERE application_id = $1 AND version = $2
        RETURNING application_id
    )
    INSERT INTO materials (application_id, requirement, artifact_id, kind, content, annotation, items, words, minutes,
        handed_in_at, filename)
    SELECT application_id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM own
    ON CONFLICT (application_id, requirement, artifact_id)
        DO UPDATE SET content = excluded.content, words = excluded.words, minutes = excluded.minutes,
            handed_in_at = excluded.handed_in_at, filename = excluded.filename
    RETURNING application_id
"""
# Without an artifact id, all materials of the requirement are removed.
TAKE_BACK = """
    WITH own AS (
        UPDATE applications SET version = version + 1, changed_at = $5 WHERE application_id = $1
            AND version = $2 RETURNING application_id
    ), gone AS (
        DELETE FROM materials m USING own
        WHERE m.application_id = own.application_id AND requirement = $3 AND ($4::uuid IS NULL
            OR artifact_id = $4) RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) FROM own
"""
UNNAMED = """
    SELECT name FROM unnest($1::text[]) AS name
    WHERE NOT EXISTS (SELECT FROM materials m WHERE m.content ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM materials m WHERE m.annotation IS NOT NULL AND m.annotation ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM drafts d WHERE d.content ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM exports e WHERE e.file IS NOT NULL AND e.file ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM applications a WHERE a.withdrawal_note IS NOT NULL
            AND a.withdrawal_note ->> 'name' = name)
"""


async def put(tx: Tx, application: Application, handed: Handed, says: Sequence[Event] = ()) -> None:
    """Save a material of this application instead of an earlier one, with its timeline, and say the events."""
    await tx.save(
        application.application_id,
        PUT,
        application.application_id,
        application.version,
        application.ratings,
        handed.requirement,
        handed.artifact_id,
        handed.kind,
        handed.content.model_dump(),
        None if handed.annotation is None else handed.annotation.model_dump(),
        list(handed.items),
        handed.words,
        handed.minutes,
        handed.handed_in_at,
        handed.filename,
        tx.now,
        timeline_kept(application.timeline),
        says=says,
    )


async def take_back(
    tx: Tx, application: Application, requirement: str, artifact_id: UUID | None, says: Sequence[Event] = ()
) -> None:
    """Remove a requirement's material, or one artifact of it, and say the events."""
    own = application.application_id
    await tx.save(own, TAKE_BACK, own, application.version, requirement, artifact_id, tx.now, says=says)


async def unnamed(tx: Tx, names: Sequence[str]) -> list[str]:
    """The objects among these that no row names."""
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
        filename=found["filename"],
    )
