"""Scores: drafts, then the final ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft that was saved: its edition, and the notes of the draft that it replaced."""

    rubric: Rubric
    edition: str
    replaced: ObjectClaim | None
    at: datetime


async def save_draft(
    tx: Tx,
    address: UUID,
    caller: Caller,
    levels: Mapping[str, str],
    notes: ObjectClaim | None,
    noted: Iterable[str],
    seen: frozenset[str] | None,
) -> Saved:
    """Replace the caller's draft. `noted` are the items that have a note. `seen`: the editions that the caller saw;
    None if they do not say.

    Raises NotThere, NotYours, WrongState, Invalid, ChangedMeanwhile.
    """
    found = await load(tx, address, caller)
    after, drafted, replaced = scores.draft(found.case, found.rubric, caller.person_id, levels, notes, noted, seen)
    await store.save(tx, found.case, after)
    return Saved(found.rubric, scores.edition(drafted), replaced, tx.now)


async def submit(tx: Tx, address: UUID, caller: Caller, seen: frozenset[str] | None) -> tuple[Seat, State]:
    """Make the caller's draft final. After the last reviewer of the panel the case goes to its chair. Returns the seat
    and the case's state. `seen`: as for `save_draft`. Raises NotThere, NotYours, WrongState, ChangedMeanwhile."""
    found = await load(tx, address, caller)
    after, final = scores.submit(found.case, found.rubric, caller.person_id, seen)
    await store.save(tx, found.case, after)
    if found.others_wait:  # this reviewer has capacity again
        tx.wake(ASSIGN)
    return final, after.state
