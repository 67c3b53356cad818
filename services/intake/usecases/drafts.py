"""Drafts: saved while somebody writes, and deleted.

The text is put into the object store before the draft is saved. `check` says before that whether it can be saved.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import Requirement
from services.intake.domain import drafts, materials, quota
from services.intake.domain.drafts import Draft
from services.intake.store import applications as applications_store
from services.intake.store import drafts as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.store.terms import end_silence
from services.intake.usecases.materials import Replaced

Seen = frozenset[str] | None
"""What the author has seen, as for `domain.drafts.check`."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A requirement with its draft, if it has one."""

    loaded: Loaded
    requirement: Requirement
    draft: Draft | None

    @property
    def tag(self) -> str:
        """A name for what its author sees."""
        return drafts.tag(self.requirement, self.loaded.handed, self.draft)


async def read(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str) -> Drafted:
    """The draft of a requirement. Raises NotThere."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    requirement = materials.find(loaded.definition, key)
    return Drafted(loaded, requirement, drafts.find(loaded.drafts, key))


async def check(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, size: int, most_bytes: int
) -> Drafted:
    """The requirement, if this person may save a draft with so many bytes for it now. `most_bytes` is what one
    application may hold."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    requirement = drafts.to_draft(loaded.application, loaded.definition, key, tx.now)
    before = drafts.find(loaded.drafts, key)
    replaced = () if before is None else (before,)
    quota.room((*loaded.handed, *loaded.drafts), replaced, most_bytes).check(size, "text")
    return Drafted(loaded, requirement, before)


async def save(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    draft: Draft,
    seen: Seen,
    most_bytes: int,
) -> tuple[Drafted, Replaced]:
    """Save a draft. Returns the draft that is kept now, and what it replaced. Raises ChangedMeanwhile."""
    whose = (definitions, application_id, person_id)
    found = await check(tx, *whose, draft.requirement, draft.content.size, most_bytes)
    handed = found.loaded.handed
    drafts.check(found.requirement, handed, found.draft, seen, draft.content)
    kept = Draft(
        requirement=draft.requirement,
        content=draft.content,
        words=draft.words,
        saved_at=tx.now,
        items=draft.items,
        based_on=drafts.handed_tag(found.requirement, handed),
    )
    await store.put(tx, found.loaded.application, kept, found.draft)
    await end_silence(tx, application_id, found.loaded.term)
    went = () if found.draft is None else (found.draft.content,)
    return Drafted(found.loaded, found.requirement, kept), went


async def discard(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, seen: Seen
) -> Replaced:
    """Delete a draft. Returns what was deleted, which may be nothing. Raises ChangedMeanwhile."""
    found = await read(tx, definitions, application_id, person_id, key)
    if found.draft is None:
        return ()
    drafts.check(found.requirement, found.loaded.handed, found.draft, seen)
    await store.remove(tx, application_id, found.draft)
    return (found.draft.content,)
