"""The study plan of an application. It is changed under the lock of the application."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts import editions
from services.intake.domain import study_plan
from services.intake.domain.study_plan import Entry, EntryContent
from services.intake.store import applications as applications_store
from services.intake.store import study_plan as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.store.terms import end_silence


@dataclass(frozen=True, slots=True)
class Plan:
    """An application with its study plan."""

    loaded: Loaded
    entries: Sequence[Entry]


async def load(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Plan:
    """This person's application and its plan. Raises NotThere."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    return Plan(loaded, await store.list_of(tx, application_id))


async def add(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, entry_id: UUID, wanted: EntryContent
) -> Entry:
    """Add an entry."""
    plan = await _locked(tx, definitions, application_id, person_id)
    entry = study_plan.add(plan.entries, wanted, plan.loaded.definition, entry_id=entry_id, now=tx.now)
    await store.put(tx, application_id, entry)
    return entry


async def change(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    entry_id: UUID,
    wanted: EntryContent,
    seen: frozenset[str] | None = None,
) -> Entry:
    """Change an entry. `seen`: the editions of it that the person saw (`domain.editions`)."""
    plan = await _locked(tx, definitions, application_id, person_id)
    before = study_plan.find(plan.entries, entry_id)
    after = study_plan.entry(wanted, plan.loaded.definition, entry_id=entry_id, added_at=before.added_at)
    editions.check(seen, kept(before), kept(after))
    await store.put(tx, application_id, after)
    return after


async def remove(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    entry_id: UUID,
    seen: frozenset[str] | None = None,
) -> None:
    """Remove an entry. `seen`: as for `change`."""
    plan = await _locked(tx, definitions, application_id, person_id)
    editions.check(seen, kept(study_plan.find(plan.entries, entry_id)), None)
    await store.remove(tx, application_id, entry_id)


def kept(entry: Entry) -> dict[str, object]:
    """An entry as it is stored, for its edition."""
    return {
        "title": entry.title,
        "resource": entry.resource,
        "item": entry.item,
        "by": None if entry.by is None else entry.by.isoformat(),
        "done": entry.done,
    }


async def _locked(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Plan:
    await applications_store.load_own(tx, definitions, application_id, person_id)
    await applications_store.lock(tx, application_id)
    plan = await load(tx, definitions, application_id, person_id)
    await end_silence(tx, application_id, plan.loaded.term)
    return plan
