"""Who may sit on a panel, and who is assigned.

People never judge themselves or somebody of their own institution. People who left a case do not get it again. The
service assigns reviewers who named the credential, signed its agreement and have capacity. An assignment by hand
(`assign_by_hand`) does not check the list of credentials and the capacity. Chairs need only their role and their
independence.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.refusals import Fault, NotThere, NotYours, Text, WrongState
from services.review.domain import cases, conflicts, seats
from services.review.domain.cases import Case
from services.review.domain.seats import Seat

DEFAULT_CAPACITY = 5
"""The number of cases at a time for a reviewer who has not named one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be assigned. `load`: role to number of cases with work left. `institutions`: as they and intake
    wrote them."""

    person_id: UUID
    roles: frozenset[str]
    institutions: tuple[str, ...] = ()
    credentials: frozenset[str] = frozenset()
    agreements: frozenset[str] = frozenset()
    capacity: int = DEFAULT_CAPACITY
    load: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A case with empty seats. `institution` is the applicant's. `agreements`: versions; its reviewers must have signed
    one of them."""

    case: Case
    institution: str
    agreements: frozenset[str]


def conflicts_with(candidate: Candidate, vacancy: Vacancy) -> tuple[conflicts.Kind, ...]:
    """The conflicts of interest between the person and the case's applicant."""
    applicant = conflicts.Party(vacancy.case.person_id, (vacancy.institution,))
    return conflicts.found(applicant, conflicts.Party(candidate.person_id, candidate.institutions))


def independent(candidate: Candidate, vacancy: Vacancy) -> bool:
    """Whether the person has no conflict of interest that is known, and was never on this case before."""
    return not conflicts_with(candidate, vacancy) and cases.seat_of(vacancy.case, candidate.person_id) is None


def _willing(candidate: Candidate, vacancy: Vacancy, role: str, load: int) -> bool:
    if role not in candidate.roles:
        return False
    if role not in seats.SCORING:
        return True
    return (
        bool(vacancy.agreements & candidate.agreements)
        and vacancy.case.credential in candidate.credentials
        and load < candidate.capacity
    )


def fill(
    vacancies: Iterable[Vacancy], candidates: Sequence[Candidate], choose: Callable[[Sequence[UUID]], UUID]
) -> list[tuple[Case, Case]]:
    """Give each empty seat to the person with the smallest load, the first vacancy first. Returns each case before and
    after, also if nobody was found.

    `choose` draws between people with equal loads. A rule could be computed by others, and the person whom it passes
    over has to do with the applicant.
    """
    loads = Counter(
        {(candidate.person_id, role): load for candidate in candidates for role, load in candidate.load.items()}
    )
    searched = []
    for vacancy in vacancies:
        before = vacancy.case
        for role in cases.missing(before):
            able = [
                c
                for c in candidates
                if _willing(c, vacancy, role, loads[c.person_id, role]) and independent(c, vacancy)
            ]
            if able:
                least = min(loads[c.person_id, role] for c in able)
                chosen = choose([c.person_id for c in able if loads[c.person_id, role] == least])
                loads[chosen, role] += 1
                vacancy = replace(vacancy, case=cases.with_seat(vacancy.case, Seat(chosen, role)))
        searched.append((before, vacancy.case))
    return searched


def check_may_assign(case: Case, person_id: UUID) -> None:
    """Raises NotYours for people who score this case. (People without any part in the case never get here.)"""
    seat = cases.seat_of(case, person_id)
    if seat is not None and seat.role in seats.SCORING:
        raise NotYours(Text("only chairs and staff assign people"))


def known(candidate: Candidate | None) -> Candidate:
    """The candidate with this id. Raises NotThere if the person has no role here or is not known here yet."""
    if candidate is None:
        raise NotThere(
            Text(
                "person_id: no reviewer or chair with that id is known here (yet); check the id, or try again in a"
                " moment."
            )
        )
    return candidate


def assign_by_hand(vacancy: Vacancy, candidate: Candidate, role: str | None) -> Case:
    """The case with this person on its panel. Without `role` they become a reviewer if they have that role, else chair.
    Their capacity and their list of credentials are not checked.

    Raises WrongState with the reason why this person cannot be assigned in this role.
    """
    role = role or (seats.REVIEWER if seats.REVIEWER in candidate.roles else seats.CHAIR)
    cases.permit(vacancy.case.state, cases.Action.ASSIGN)
    reason = _why_not_by_hand(vacancy, candidate, role)
    if reason is not None:
        raise WrongState(
            Text("this person %(reason)s; name somebody else", reason=reason),
            type="not_eligible",
            faults=[Fault("person_id", reason)],
        )
    return cases.with_seat(vacancy.case, Seat(candidate.person_id, role))


def released(case: Case, person_ids: Iterable[UUID]) -> Case:
    """The case without these people, who may not judge any more. Final scores stay."""
    for person_id in person_ids:
        seat = cases.seat_of(case, person_id)
        if seat is not None:
            case = cases.with_seat(case, seats.release(seat))
    return case


def conflicted(case: Case, kinds: Mapping[UUID, conflicts.Kind]) -> Case:
    """The case after conflicts of interest were found. `kinds`: person to what was found. Their seats become empty and
    their scores count no more. A decision that was made stays, and so do the seats of those who made it."""
    if case.state in (cases.State.DECIDED, cases.State.CLOSED):
        return case
    for person_id, kind in kinds.items():
        seat = cases.seat_of(case, person_id)
        if seat is not None:
            case = cases.with_seat(case, seats.find_conflict(seat, kind))
    return case


def _why_not_by_hand(vacancy: Vacancy, candidate: Candidate, role: str) -> Text | None:
    if cases.seat_of(vacancy.case, candidate.person_id) is not None:
        return Text("has, or had, a part in this case already")
    if kinds := conflicts_with(candidate, vacancy):
        return conflicts.REASONS[kinds[0]]
    if role not in candidate.roles:
        return Text("does not have the role %(role)s", role=role)
    if role in seats.DECIDING and role not in cases.missing(vacancy.case):
        return Text("cannot be its chair: the case has one")
    if role in seats.SCORING and not vacancy.agreements & candidate.agreements:
        return Text(
            "has not signed version %(versions)s of the reviewers' agreement (PUT /api/review/me)",
            versions=" or ".join(sorted(vacancy.agreements)),
        )
    return None
