"""The study plan: what an applicant means to do to prepare, and what is done. Only the applicant sees it. No rule of
the application depends on it, and it may be changed in every state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState

MOST_ENTRIES = 100
"""The most entries of one plan."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to do: in the applicant's words, or a resource of the program. It may name an item and a day."""

    entry_id: UUID
    title: str
    resource: str | None
    item: str | None
    by: date | None
    done: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class EntryContent:
    """The wanted content of an entry. Without a title it takes the name of its resource."""

    title: str | None = None
    resource: str | None = None
    item: str | None = None
    by: date | None = None
    done: bool = False


def add(
    entries: Sequence[Entry], wanted: EntryContent, definition: CredentialDefinition, *, entry_id: UUID, now: datetime
) -> Entry:
    """Add an entry. Refuses more than MOST_ENTRIES, and what `entry` refuses."""
    if len(entries) >= MOST_ENTRIES:
        raise WrongState(
            Text("A study plan has at most %(most)s entries; remove one first.", most=MOST_ENTRIES), type="too_many"
        )
    return entry(wanted, definition, entry_id=entry_id, added_at=now)


def entry(wanted: EntryContent, definition: CredentialDefinition, *, entry_id: UUID, added_at: datetime) -> Entry:
    """The entry with this content. Refuses a resource or an item that the credential does not have, and a missing
    title."""
    resources = {one.key: one for one in definition.resources}
    items = [one.key for one in definition.items]
    faults = []
    if wanted.resource is not None and wanted.resource not in resources:
        faults.append(Fault("resource", _one_of(list(resources))))
    if wanted.item is not None and wanted.item not in items:
        faults.append(Fault("item", _one_of(items)))
    if wanted.title is None and wanted.resource is None:
        faults.append(Fault("title", Text("write what you mean to do, or choose a resource")))
    if faults:
        raise Invalid(*faults, text=Text("The entry does not fit this credential."))
    title = wanted.title or resources[wanted.resource or ""].title
    return Entry(entry_id, title, wanted.resource, wanted.item, wanted.by, wanted.done, added_at)


def find(entries: Sequence[Entry], entry_id: UUID) -> Entry:
    """The entry with that id. Raises NotThere."""
    found = next((one for one in entries if one.entry_id == entry_id), None)
    if found is None:
        raise NotThere(Text("Your study plan has no such entry."))
    return found


def _one_of(keys: Sequence[str]) -> Text:
    return Text("one of %(keys)s", keys=", ".join(keys)) if keys else Text("leave it out")
