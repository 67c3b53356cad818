"""Scores: a draft as often as wanted, then final."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.review.domain import cases, scoring, seats
from services.review.domain.access import Caller
from services.review.domain.cases import Action, Case, State
from services.review.domain.refusals import NotYours
from services.review.domain.scoring import Rubric
from services.review.domain.seats import Seat
from services.review.store import cases as store
from services.review.usecases.cases import hold


async def save_draft(
    tx: Tx, address: UUID, caller: Caller, levels: Mapping[str, str], notes: ObjectClaim | None, noted: Iterable[str]
) -> tuple[Rubric, ObjectClaim | None]:
    """Replace the caller's draft; `noted` are the items that `notes` speak of. Returns the rubric and the notes that
    there were before.

    Raises NotThere, NotYours, Refused, BadInput.
    """
    case, rubric, role = await hold(tx, address, caller)
    seat = _scoring_seat(case, role, caller)
    drafted = seats.draft(seat, levels, notes)
    scoring.check(rubric, levels, noted)
    await store.save(tx, case, cases.with_seat(case, drafted))
    return rubric, seat.notes


async def submit(tx: Tx, address: UUID, caller: Caller) -> tuple[Seat, State]:
    """Make the caller's draft final; with the last of the panel the case goes to its chair. Returns the seat and the
    case's state."""
    case, rubric, role = await hold(tx, address, caller)
    seat = _scoring_seat(case, role, caller)
    final = seats.submit(seat)
    scoring.check_complete(rubric, seat.levels)
    after = cases.with_seat(case, final)
    if await store.save(tx, case, after):
        tx.wake("assign")
    return final, after.state


def _scoring_seat(case: Case, role: str, caller: Caller) -> Seat:
    seat = cases.seat_of(case, caller.person_id)
    if role != seats.REVIEWER or seat is None:
        raise NotYours("only this case's reviewers score")
    cases.permit(case.state, Action.SCORE)
    return seat
