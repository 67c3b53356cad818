"""SQL about drafts."""

from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain.applications import Application
from services.intake.domain.drafts import Draft

FIND = "SELECT * FROM drafts WHERE application_id = $1 AND requirement = $2"
KEYS = "SELECT requirement FROM drafts WHERE application_id = $1 ORDER BY requirement"
# Written while the application is as it was when this was decided, and the draft is the one that was read. A draft is
# no change of the application, so its row is locked: the drafts of one requirement are written one by one.
PUT = """
    WITH own AS (
        SELECT application_id FROM applications WHERE application_id = $1 AND version = $2 FOR NO KEY UPDATE
    )
    INSERT INTO drafts (application_id, requirement, content, words, items, based_on, saved_at)
    SELECT application_id, $3, $4, $5, $6, $7, $8 FROM own
    ON CONFLICT (application_id, requirement) DO UPDATE SET content = excluded.content, words = excluded.words,
        items = excluded.items, based_on = excluded.based_on, saved_at = excluded.saved_at
        WHERE drafts.content ->> 'name' = $9
    RETURNING application_id
"""
REMOVE = "DELETE FROM drafts WHERE application_id = $1 AND requirement = $2 AND content ->> 'name' = $3"


async def find(tx: Tx, application_id: UUID, requirement: str) -> Draft | None:
    """The draft of a requirement, if there is one."""
    row = await tx.fetchrow(FIND, application_id, requirement)
    if row is None:
        return None
    return Draft(
        requirement=row["requirement"],
        content=ObjectClaim(**row["content"]),
        words=row["words"],
        saved_at=row["saved_at"],
        items=tuple(row["items"]),
        based_on=row["based_on"],
    )


async def keys(tx: Tx, application_id: UUID) -> list[str]:
    """The requirements that an application has drafts of."""
    return [row["requirement"] for row in await tx.fetch(KEYS, application_id)]


async def put(tx: Tx, application: Application, draft: Draft, before: Draft | None) -> None:
    """Keep a draft in the place of the one that was read."""
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
    """Remove this very draft; a newer one stays."""
    await tx.note(REMOVE, application_id, draft.requirement, draft.content.name)
