"""Scores: a draft as often as wanted, then final."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from chassis.transaction import Tx
from contracts.claims import ObjectClaim
from services.review.domain import cases, scoring, seats
from services.review.domain.access import Caller
from services.review.domain.cases import Action, State
from services.review.domain.refusals import NotYours
from services.review.domain.seats import Seat
from services.review.store import cases as store
from services.review.store import panels as panel_store
from services.review.store.cases import CaseFile
from services.review.usecases.cases import hold


async def save_draft(
    tx: Tx, address: UUID, caller: Caller, levels: Mapping[str, str], notes: ObjectClaim | None, noted: Iterable[str]
) -> tuple[CaseFile, ObjectClaim | None]:
    """Replace the caller's draft; `noted` are the items that `notes` speak of. Returns the case and the notes that it had before.

    Raises NotThere, NotYours, Refused, BadInput.
    """
    found, role = await hold(tx, address, caller)
    seat = _scoring_seat(found, role, caller)
    drafted = seats.draft(seat, levels, notes)
    scoring.check(found.rubric, levels, noted)
    await store.save(tx, found.case, cases.with_seat(found.case, drafted))
    return found, seat.notes


async def submit(tx: Tx, address: UUID, caller: Caller) -> tuple[Seat, State]:
    """Make the caller's draft final; with the last of the panel the case goes to its chair. Returns the seat and the case's state."""
    found, role = await hold(tx, address, caller)
    seat = _scoring_seat(found, role, caller)
    final = seats.submit(seat)
    scoring.check_complete(found.rubric, seat.levels)
    after = cases.with_seat(found.case, final)
    await store.save(tx, found.case, after)
    if await panel_store.any_vacant(tx):
        tx.wake("assign")
    return final, after.state


def _scoring_seat(found: CaseFile, role: str, caller: Caller) -> Seat:
    seat = cases.seat_of(found.case, caller.person_id)
    if role != seats.REVIEWER or seat is None:
        raise NotYours("only this case's reviewers score")
    cases.permit(found.case, Action.SCORE)
    return seat
