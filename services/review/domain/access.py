"""What a signed-in person is to a case. Whoever is nothing to it is told that it is not there."""

from uuid import UUID

from services.review.domain import cases, seats
from services.review.domain.cases import Case

STAFF = "staff"
"""Runs the program without judging this case: staff, admin, and chairs of other cases."""

_OVERSEERS = frozenset({"chair", "staff", "admin"})


class NotThere(Exception):
    """The case does not exist for this person: 404 over HTTP."""


def role_in(case: Case, person_id: UUID, roles: frozenset[str], address: UUID) -> str:
    """`reviewer` or `chair` by their seat, else `staff`. `address`: the id by which they asked for the case.

    Raises NotThere for the applicant, for who has gone from the panel or lost the role, for everybody unconcerned,
    and for a reviewer who names the application.
    """
    seat = cases.seat_of(case, person_id)
    if person_id == case.person_id:
        raise NotThere
    if seat is None:
        if roles & _OVERSEERS:
            return STAFF
        raise NotThere
    if seat.empty or seat.role not in roles or (seat.role == seats.REVIEWER and address != case.case_id):
        raise NotThere
    return seat.role
