"""The erasure of a person: at once here, and in the other services when the tombstone comes."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from chassis import erasing
from chassis.database.transaction import Tx
from services.intake.domain import erasure
from services.intake.domain.applications import Application
from services.intake.domain.people import Person
from services.intake.personal import TABLES
from services.intake.store import erasure as store
from services.intake.store import people as people_store
from services.intake.usecases import people
from services.intake.usecases.letters import SETTLE


@dataclass(frozen=True, slots=True)
class Traces:
    """Hashes of an address under which data is kept without the person's id."""

    limit: bytes
    answers_of: str


TracesOf = Callable[[str], Traces]
"""The traces of an address, by its key."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """The person who would be erased, and their applications that would be withdrawn."""

    person: Person
    live: tuple[Application, ...]


async def concerned(tx: Tx, person_id: UUID) -> Concerned:
    """What an erasure would do. Raises NotThere; WrongState for the last administrator."""
    others = await people_store.other_administrators_now(tx, person_id)
    person = await people.find(tx, person_id)
    erasure.check(person, others)
    return Concerned(person, tuple(await store.live(tx, person_id)))


async def erase(tx: Tx, person_id: UUID, traces: TracesOf) -> None:
    """Erase a person: their live applications are withdrawn, the tombstone is said, all personal data here is deleted.

    The people whom they asked for a letter are erased soon after. Raises NotThere for an erased person, WrongState for
    the last administrator.
    """
    others = await people_store.other_administrators(tx, person_id)
    await store.hold(tx, person_id)
    person = await people.find(tx, person_id)
    erasure.check(person, others)
    for before, (after, events) in erasure.withdraw_all(await store.live(tx, person_id), tx.now):
        await store.withdraw(tx, before, after, events)
    await store.erase(tx, person)
    if person.email_key:
        found = traces(person.email_key)
        await store.forget_traces(tx, found.limit, found.answers_of)
    await erasing.forget(tx, TABLES, person_id)
    tx.wake(SETTLE)
