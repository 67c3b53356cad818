"""What a signed-in person is to a case. Whoever is nothing to it is told that it is not there."""

from dataclasses import dataclass
from uuid import UUID

from services.review.domain import cases, seats
from services.review.domain.cases import Case

STAFF = "staff"
"""Runs the program without judging this case: staff, admin, and chairs of other cases."""

_OVERSEERS = frozenset({"chair", "staff", "admin"})


class NotThere(Exception):
    """The case does not exist for this person: 404 over HTTP."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in, with their roles as this service knows them."""

    person_id: UUID
    roles: frozenset[str]

    @property
    def oversees(self) -> bool:
        """Whether they may list cases and assign people."""
        return bool(self.roles & _OVERSEERS)


def role_in(case: Case, caller: Caller, address: UUID) -> str:
    """`reviewer` or `chair` by their seat, else `staff`. `address`: the id by which they asked for the case.

    Raises NotThere for the applicant, for who has gone from the panel or lost the role, for everybody unconcerned,
    and for a reviewer who names the application.
    """
    seat = cases.seat_of(case, caller.person_id)
    if caller.person_id == case.person_id:
        raise NotThere
    if seat is None:
        if caller.oversees:
            return STAFF
        raise NotThere
    if seat.empty or seat.role not in caller.roles or (seat.role == seats.REVIEWER and address != case.case_id):
        raise NotThere
    return seat.role
