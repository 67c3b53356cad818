"""A signed-in person's relation to a case. People without any are told that the case does not exist."""

from dataclasses import dataclass
from uuid import UUID

from contracts.refusals import NotThere, NotYours, Text
from services.review.domain import cases, seats
from services.review.domain.cases import Action, Case, State
from services.review.domain.seats import SeatState

STAFF = "staff"
"""The part of people who run the program and do not judge this case: staff, admin, and chairs of other cases."""

_OVERSEERS = frozenset({"chair", "staff", "admin"})


_NOT_THERE = Text("It does not exist, or it is not yours to see.")


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person, with their roles as this service knows them."""

    person_id: UUID
    roles: frozenset[str]

    @property
    def oversees(self) -> bool:
        """Whether this person may list cases and assign people."""
        return bool(self.roles & _OVERSEERS)

    @property
    def judges(self) -> bool:
        """Whether this person may have a seat on a panel."""
        return bool(self.roles & seats.ROLES)


@dataclass(frozen=True, slots=True)
class Relation:
    """A person's relation to a case. `seat_role` and `seat` are of the seat that they have or had; None without a
    seat."""

    case_id: UUID
    application_id: UUID
    applicant_id: UUID
    state: State
    seat_role: str | None = None
    seat: SeatState | None = None


def relation_of(case: Case, person_id: UUID) -> Relation:
    """This person's relation to the case."""
    seat = cases.seat_of(case, person_id)
    ids = case.case_id, case.application_id, case.person_id
    return Relation(*ids, case.state) if seat is None else Relation(*ids, case.state, seat.role, seat.state)


def check_judges(caller: Caller) -> None:
    """Raises NotYours for people who have no queue."""
    if not caller.judges:
        raise NotYours(Text("Only reviewers and chairs have a queue; an administrator can give you the role."))


def check_decides(caller: Caller) -> None:
    """Raises NotYours for people who decide no cases."""
    if "chair" not in caller.roles:
        raise NotYours(Text("Only chairs decide cases; an administrator can give you the role."))


def check_oversees(caller: Caller) -> None:
    """Raises NotYours for people who may not list cases."""
    if not caller.oversees:
        raise NotYours(Text("Only chairs and staff list cases; your own are in GET /api/review/queue."))


def not_there() -> NotThere:
    """The refusal for people for whom a case does not exist. It is the same whether there is one or not."""
    return NotThere(_NOT_THERE)


def role_in(relation: Relation, caller: Caller, address: UUID) -> str:
    """`reviewer` or `chair` by their seat, else `staff`. `address`: the id in the request.

    Raises NotThere for the applicant, for people who left the panel or lost the role, for people without any part in
    the case, and for a reviewer who names the application.
    """
    if caller.person_id == relation.applicant_id:
        raise not_there()
    role = relation.seat_role
    if role is None:
        if caller.oversees:
            return STAFF
        raise not_there()
    if (
        relation.seat in seats.EMPTY
        or role not in caller.roles
        or (role in seats.SCORING and address != relation.case_id)
    ):
        raise not_there()
    return role


def check_readable(relation: Relation, role: str) -> None:
    """Raises NotYours or WrongState unless people with this role may read the case's materials now."""
    if role == STAFF or relation.seat is None:
        raise NotYours(Text("only the members of its panel may read a case's materials"))
    cases.permit(relation.state, Action.READ)
    seats.read(role, relation.seat)
