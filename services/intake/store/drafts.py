"""SQL of drafts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain.applications import Application
from services.intake.domain.drafts import Draft

DRAFTS_OF = """
    (SELECT coalesce(json_agg(d ORDER BY d.requirement), '[]') FROM drafts d WHERE d.application_id = a.application_id)
"""
# Written only if the application has not changed since this was decided, and the draft is the one that was read. The
# version is counted up, so that anything else that takes up room at the same moment is decided again.
PUT = """
    WITH own AS (
        UPDATE applications SET version = version + 1 WHERE application_id = $1 AND version = $2
        RETURNING application_id
    )
    INSERT INTO drafts (application_id, requirement, content, words, items, based_on, saved_at)
    SELECT application_id, $3, $4, $5, $6, $7, $8 FROM own
    ON CONFLICT (application_id, requirement) DO UPDATE SET content = excluded.content, words = excluded.words,
        items = excluded.items, based_on = excluded.based_on, saved_at = excluded.saved_at
        WHERE drafts.content ->> 'name' = $9
    RETURNING application_id
"""
REMOVE = "DELETE FROM drafts WHERE application_id = $1 AND requirement = $2 AND content ->> 'name' = $3"


async def put(tx: Tx, application: Application, draft: Draft, before: Draft | None) -> None:
    """Save a draft instead of the one that was read."""
    await tx.save(
        application.application_id,
        PUT,
        application.application_id,
        application.version,
        draft.requirement,
        draft.content.model_dump(),
        draft.words,
        list(draft.items),
        draft.based_on,
        draft.saved_at,
        "" if before is None else before.content.name,
    )


async def remove(tx: Tx, application_id: UUID, draft: Draft) -> None:
    """Delete this very draft; a newer one stays."""
    await tx.note(REMOVE, application_id, draft.requirement, draft.content.name)


def draft_from(found: dict[str, Any]) -> Draft:
    """A draft as PostgreSQL gives it."""
    return Draft(
        requirement=found["requirement"],
        content=ObjectClaim(**found["content"]),
        words=found["words"],
        saved_at=datetime.fromisoformat(found["saved_at"]),
        items=tuple(found["items"]),
        based_on=found["based_on"],
    )
