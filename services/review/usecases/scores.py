"""Scores: drafts, then the final ones."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.review.domain import scores
from services.review.domain.access import Caller
from services.review.domain.cases import State
from services.review.domain.scores import Rubric
from services.review.domain.seats import Seat
from services.review.store import cases as store
from services.review.usecases.access import load
from services.review.usecases.cases import ASSIGN


async def save_draft(
    tx: Tx, address: UUID, caller: Caller, levels: Mapping[str, str], notes: ObjectClaim | None, noted: Iterable[str]
) -> tuple[Rubric, ObjectClaim | None]:
    """Replace the caller's draft. `noted` are the items that have a note. Returns the rubric and the notes of the
    earlier draft.

    Raises NotThere, NotYours, WrongState, Invalid.
    """
    found = await load(tx, address, caller)
    after, replaced = scores.draft(found.case, found.rubric, caller.person_id, levels, notes, noted)
    await store.save(tx, found.case, after)
    return found.rubric, replaced


async def submit(tx: Tx, address: UUID, caller: Caller) -> tuple[Seat, State]:
    """Make the caller's draft final. After the last reviewer of the panel the case goes to its chair. Returns the seat
    and the case's state. Raises NotThere, NotYours, WrongState."""
    found = await load(tx, address, caller)
    after, final = scores.submit(found.case, found.rubric, caller.person_id)
    await store.save(tx, found.case, after)
    if found.others_wait:  # this reviewer has capacity again
        tx.wake(ASSIGN)
    return final, after.state
