"""Contacts: people of whom only an address is known, because nobody has used a link to it. They are deleted after some
time."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from chassis import erasing
from chassis.database.transaction import Tx
from chassis.personal import Table
from contracts.events.people import PersonErased
from services.intake.store import contacts as store
from services.intake.store import letters as letters_store

MOST_AT_ONCE = 100


async def due(tx: Tx, kept: timedelta) -> list[UUID]:
    """Some of the contacts that are older than `kept` and not needed: without a role, an application or a link, not
    asked for a letter, and no facilitator of a cohort."""
    return await store.due(tx, tx.now - kept, MOST_AT_ONCE)


async def forget(tx: Tx, tables: Mapping[str, Table], person_id: UUID, kept: timedelta) -> None:
    """Erase a contact if it is still due. `tables`: the registry of this service."""
    if await letters_store.lock_contact(tx, person_id) is None:
        return
    if not await store.is_due(tx, person_id, tx.now - kept):
        return
    await letters_store.overtake(tx, person_id)
    await erasing.forget(tx, tables, person_id)
    await tx.emit(PersonErased(person_id=person_id))
