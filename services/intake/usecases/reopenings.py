"""Staff reopen requirements after the submission, and end that again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import reopening
from services.intake.domain.audit import Act, Entry
from services.intake.domain.reopened import Reopened
from services.intake.store import applications as applications_store
from services.intake.store import audit
from services.intake.store import reopenings as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions


async def reopen(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    ids: tuple[UUID, UUID],
    requirements: Sequence[str],
    until: datetime,
    reason: str,
    actor: UUID,
) -> Loaded:
    """Open requirements again until a time. `ids` are those of the reopening and of its line in the audit trail."""
    reopening_id, audit_id = ids
    loaded = await applications_store.load_anybodys(tx, definitions, application_id)
    opened = Reopened(reopening_id, tuple(dict.fromkeys(requirements)), reason, until)
    after, events = reopening.reopen(loaded.application, loaded.definition, opened, tx.now)
    await applications_store.save(tx, loaded.application, after, events)
    await store.add(tx, after, opened, actor)
    entry = Entry(
        audit_id=audit_id,
        actor=actor,
        act=Act.REQUIREMENTS_REOPENED,
        application_id=application_id,
        person_id=after.person_id,
        after=opened.requirements,
    )
    await audit.add(tx, entry)
    return loaded


async def end(
    tx: Tx, definitions: Definitions, application_id: UUID, reopening_id: UUID, audit_id: UUID, actor: UUID
) -> None:
    """End a reopening early."""
    loaded = await applications_store.load_anybodys(tx, definitions, application_id)
    before = loaded.application
    found = [one for one in before.reopened if one.reopening_id == reopening_id]
    after = reopening.end(before, found, tx.now)
    if after is before:
        return
    await applications_store.save(tx, before, after)
    await store.end(tx, [reopening_id])
    entry = Entry(
        audit_id=audit_id,
        actor=actor,
        act=Act.REOPENING_ENDED,
        application_id=application_id,
        person_id=after.person_id,
        before=found[0].requirements,
    )
    await audit.add(tx, entry)
