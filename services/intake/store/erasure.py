"""SQL of an erasure. `personal.py` says what happens to each table."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.event import Event
from contracts.events.people import PersonErased
from services.intake.domain.applications import Application
from services.intake.domain.people import Person
from services.intake.store import applications

# While this lock is held, nothing of the person's can begin, and everything that was beginning is visible.
HOLD = "SELECT person_id FROM people WHERE person_id = $1 FOR UPDATE"
LIVE = """
    SELECT application_id FROM applications
    WHERE person_id = $1 AND state IN ('started', 'fee_due', 'open', 'submitted', 'in_review') ORDER BY application_id
"""
ERASE = """
    UPDATE people SET version = version + 1, erased = true, name = '', email = '', email_key = '', institution = '',
        roles = '{}', language = 'en', time_zone = 'UTC'
    WHERE person_id = $1 AND version = $2 AND NOT erased RETURNING person_id
"""
FORGET_LIMIT = "DELETE FROM sign_in_counts WHERE who = $1"
FORGET_ANSWERS = "DELETE FROM idempotency_keys WHERE who = $1"


async def hold(tx: Tx, person_id: UUID) -> None:
    """Stop everybody from beginning anything for the person until the end of the transaction."""
    await tx.lock(person_id, HOLD, person_id)


async def live(tx: Tx, person_id: UUID) -> list[Application]:
    """The person's live applications."""
    found = [await applications.load(tx, row["application_id"]) for row in await tx.fetch(LIVE, person_id)]
    return [one for one in found if one is not None]


async def withdraw(tx: Tx, before: Application, after: Application, says: Sequence[Event]) -> None:
    """Save a withdrawn application and say so."""
    await applications.save(tx, before, after, says)


async def erase(tx: Tx, person: Person) -> None:
    """Empty the person's row, and say the tombstone."""
    await tx.save(
        person.person_id, ERASE, person.person_id, person.version, says=[PersonErased(person_id=person.person_id)]
    )


async def forget_traces(tx: Tx, limit: bytes, answers_of: str) -> None:
    """Delete what was counted for an address, and stored answers to requests for links to it."""
    await tx.execute(FORGET_LIMIT, limit)
    await tx.execute(FORGET_ANSWERS, answers_of)
