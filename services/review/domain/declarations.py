"""Whether a panel member has a conflict of interest, or cannot judge the case for another reason."""

from uuid import UUID

from contracts.claims import ObjectClaim
from contracts.refusals import NotYours, Text
from services.review.domain import cases, seats
from services.review.domain.cases import Action, Case
from services.review.domain.seats import Seat


def declare(case: Case, person_id: UUID, conflict: bool, reason: ObjectClaim | None) -> tuple[Case, Seat]:
    """The case after this person's declaration, and their seat. A conflict empties the seat. Raises NotYours,
    WrongState."""
    seat = cases.seat_of(case, person_id)
    if seat is None:
        raise NotYours(Text("only the members of its panel may declare whether they have a conflict of interest"))
    cases.permit(case.state, Action.DECLARE)
    declared = seats.declare(seat, conflict, reason)
    return cases.with_seat(case, declared), declared


def decline(case: Case, person_id: UUID, reason: ObjectClaim) -> tuple[Case, Seat]:
    """The case without this person, who cannot judge it, and their seat. Raises NotYours, WrongState."""
    seat = cases.seat_of(case, person_id)
    if seat is None:
        raise NotYours(Text("only the members of its panel may decline a case"))
    cases.permit(case.state, Action.DECLARE)
    declined = seats.decline(seat, reason)
    return cases.with_seat(case, declined), declined
