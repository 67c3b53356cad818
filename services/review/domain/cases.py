"""A case: one submitted application before its panel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from contracts.events.applications import ApplicationSubmitted, ApplicationWithdrawn
from contracts.events.review import CaseOpened, CaseUnstaffed, ReviewerAssigned
from contracts.refusals import Text, WrongState
from services.review.domain.calendar import due_at
from services.review.domain.seats import SCORING, Seat, SeatState

NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Characters that cannot be mistaken for one another when a submission number is read aloud."""


class State(StrEnum):
    ASSIGNING = "assigning"
    SCORING = "scoring"
    DECIDING = "deciding"
    DECIDED = "decided"
    CLOSED = "closed"


class Action(StrEnum):
    RESUBMIT = "submit again"
    AMEND = "hand in anew"
    SUPPLEMENT = "hand in after the submission"
    WITHDRAW = "withdraw"
    SHORT = "panel is short"
    STAFFED = "panel is complete"
    SCORED = "all scores are final"
    ASSIGN = "assign"
    DECLARE = "declare"
    READ = "read the materials"
    SCORE = "score"
    DECIDE = "decide"


COMMANDS = (Action.ASSIGN, Action.DECLARE, Action.READ, Action.SCORE, Action.DECIDE)
"""Actions that people ask for and that may be refused. The other actions follow facts, and the table has an answer for
each of them."""

_S, _A = State, Action
TRANSITIONS: Mapping[tuple[State, Action], State] = MappingProxyType(
    {
        **{(state, _A.AMEND): state for state in _S},
        (_S.ASSIGNING, _A.RESUBMIT): _S.ASSIGNING,
        (_S.ASSIGNING, _A.SUPPLEMENT): _S.ASSIGNING,
        (_S.ASSIGNING, _A.WITHDRAW): _S.CLOSED,
        (_S.ASSIGNING, _A.SHORT): _S.ASSIGNING,
        (_S.ASSIGNING, _A.STAFFED): _S.SCORING,
        (_S.ASSIGNING, _A.SCORED): _S.DECIDING,
        (_S.ASSIGNING, _A.ASSIGN): _S.ASSIGNING,
        (_S.ASSIGNING, _A.DECLARE): _S.ASSIGNING,
        (_S.ASSIGNING, _A.READ): _S.ASSIGNING,
        (_S.ASSIGNING, _A.SCORE): _S.ASSIGNING,
        (_S.SCORING, _A.RESUBMIT): _S.SCORING,
        (_S.SCORING, _A.SUPPLEMENT): _S.SCORING,
        (_S.SCORING, _A.WITHDRAW): _S.CLOSED,
        (_S.SCORING, _A.SHORT): _S.ASSIGNING,
        (_S.SCORING, _A.STAFFED): _S.SCORING,
        (_S.SCORING, _A.SCORED): _S.DECIDING,
        (_S.SCORING, _A.ASSIGN): _S.SCORING,
        (_S.SCORING, _A.DECLARE): _S.SCORING,
        (_S.SCORING, _A.READ): _S.SCORING,
        (_S.SCORING, _A.SCORE): _S.SCORING,
        (_S.DECIDING, _A.RESUBMIT): _S.DECIDING,
        (_S.DECIDING, _A.SUPPLEMENT): _S.DECIDING,
        (_S.DECIDING, _A.WITHDRAW): _S.CLOSED,
        (_S.DECIDING, _A.SHORT): _S.ASSIGNING,
        (_S.DECIDING, _A.STAFFED): _S.SCORING,
        (_S.DECIDING, _A.SCORED): _S.DECIDING,
        (_S.DECIDING, _A.DECLARE): _S.DECIDING,
        (_S.DECIDING, _A.READ): _S.DECIDING,
        (_S.DECIDING, _A.DECIDE): _S.DECIDED,
        (_S.DECIDED, _A.RESUBMIT): _S.DECIDED,
        (_S.DECIDED, _A.SUPPLEMENT): _S.DECIDED,
        (_S.DECIDED, _A.WITHDRAW): _S.DECIDED,
        (_S.DECIDED, _A.SHORT): _S.DECIDED,
        (_S.DECIDED, _A.STAFFED): _S.DECIDED,
        (_S.DECIDED, _A.SCORED): _S.DECIDED,
        (_S.DECIDED, _A.READ): _S.DECIDED,
        (_S.CLOSED, _A.RESUBMIT): _S.CLOSED,
        (_S.CLOSED, _A.SUPPLEMENT): _S.CLOSED,
        (_S.CLOSED, _A.WITHDRAW): _S.CLOSED,
        (_S.CLOSED, _A.SHORT): _S.CLOSED,
        (_S.CLOSED, _A.STAFFED): _S.CLOSED,
        (_S.CLOSED, _A.SCORED): _S.CLOSED,
    }
)

_WHY_NOT: Mapping[State, Text] = MappingProxyType(
    {
        State.ASSIGNING: Text("the case is assigning; possible now: assign, declare, read the materials, score"),
        State.SCORING: Text("the case is scoring; possible now: assign, declare, read the materials, score"),
        State.DECIDING: Text("the case is deciding; possible now: declare, read the materials, decide"),
        State.DECIDED: Text("the case is decided; possible now: read the materials"),
        State.CLOSED: Text("the case is closed; possible now: nothing more"),
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """`panel`: the roles that the credential's policy asks for, one entry for each seat. `version` counts saves.
    `opened_at` is None for a case that was withdrawn before its submission was heard.

    `person_id` is the applicant. Reviewers never see it, nor `application_id`. `told`: the missing roles for which it
    was already said that nobody can be found.
    """

    case_id: UUID
    application_id: UUID
    person_id: UUID
    submission_number: str
    credential: str
    credential_version: int
    attempt: int
    state: State
    panel: tuple[str, ...]
    opened_at: datetime | None
    due_at: datetime | None
    seats: tuple[Seat, ...] = ()
    version: int = 1
    told: tuple[str, ...] = ()


def open_case(
    submitted: ApplicationSubmitted,
    case_id: UUID,
    submission_number: str,
    panel: tuple[str, ...],
    business_days: int,
    now: datetime,
) -> tuple[Case, CaseOpened]:
    """A submitted application becomes a case without a panel. `case_id` and `submission_number` are random: they must
    not tell who applied."""
    case = Case(
        case_id=case_id,
        application_id=submitted.application_id,
        person_id=submitted.person_id,
        submission_number=submission_number,
        credential=submitted.credential,
        credential_version=submitted.credential_version,
        attempt=submitted.attempt,
        state=State.ASSIGNING,
        panel=panel,
        opened_at=now,
        due_at=due_at(now, business_days),
    )
    opened = CaseOpened(
        case_id=case.case_id,
        application_id=case.application_id,
        person_id=case.person_id,
        submission_number=submission_number,
        credential=case.credential,
        credential_version=case.credential_version,
    )
    return case, opened


def never_opened(withdrawn: ApplicationWithdrawn, case_id: UUID, submission_number: str) -> Case:
    """A closed case for a withdrawal that was heard before the submission. The submission, when it comes, opens
    nothing."""
    return Case(
        case_id=case_id,
        application_id=withdrawn.application_id,
        person_id=withdrawn.person_id,
        submission_number=submission_number,
        credential=withdrawn.credential,
        credential_version=withdrawn.credential_version,
        attempt=1,
        state=State.CLOSED,
        panel=(),
        opened_at=None,
        due_at=None,
    )


def _next(state: State, action: Action) -> State:
    after = TRANSITIONS.get((state, action))
    if after is None:
        raise WrongState(_WHY_NOT[state])
    return after


def _move(case: Case, action: Action) -> Case:
    return replace(case, state=_next(case.state, action))


def resubmit(case: Case) -> Case:
    """The submission was said again: nothing changes, in any state."""
    return _move(case, Action.RESUBMIT)


def takes_amendments(case: Case) -> bool:
    """Whether materials that are handed in anew still count: until the decision."""
    return _next(case.state, Action.AMEND) not in (State.DECIDED, State.CLOSED)


def supplement(case: Case) -> tuple[Case, bool]:
    """A material came after the submission. The panel gets it in every state that shows materials. Returns whether it
    is late, that is, after the decision."""
    return _move(case, Action.SUPPLEMENT), case.state is State.DECIDED


def withdraw(case: Case) -> Case:
    """The application ended. A decision that was made before stays."""
    return _move(case, Action.WITHDRAW)


def permit(state: State, command: Action) -> None:
    """Raises WrongState if the state of the case does not allow this to anybody."""
    _next(state, command)


def decided(case: Case) -> Case:
    """The chair has decided. Only `decisions.decide` calls this."""
    return _move(case, Action.DECIDE)


def seat_of(case: Case, person_id: UUID) -> Seat | None:
    """The person's seat, which may be an empty one."""
    return next((seat for seat in case.seats if seat.person_id == person_id), None)


def with_seat(case: Case, changed: Seat) -> Case:
    """The case with this seat instead of the person's former one, or added with the next number. The case's state
    follows the panel."""
    if seat_of(case, changed.person_id) is None:
        return _follow_panel(replace(case, seats=(*case.seats, replace(changed, number=len(case.seats) + 1))))
    return _follow_panel(
        replace(case, seats=tuple(changed if seat.person_id == changed.person_id else seat for seat in case.seats))
    )


def newly_seated(before: Case, after: Case) -> tuple[ReviewerAssigned, ...]:
    """The events about people who were given a seat between two states of a case."""
    if after.due_at is None:
        return ()
    return tuple(
        ReviewerAssigned(
            case_id=after.case_id,
            application_id=after.application_id,
            reviewer_id=seat.person_id,
            role=seat.role,
            submission_number=after.submission_number,
            due_at=after.due_at,
        )
        for seat in after.seats[len(before.seats) :]
    )


def missing(case: Case) -> list[str]:
    """The roles of the empty seats, one entry for each seat, in the panel's order."""
    return vacant([seat.role for seat in case.seats if not seat.empty], case.panel)


def vacant(sitting: Sequence[str], panel: Sequence[str]) -> list[str]:
    """`missing`, computed from the roles of the people who sit on the panel and the roles that it has."""
    left = Counter(panel) - Counter(sitting)
    return [role for role in dict.fromkeys(panel) for _ in range(left[role])]


def lacking(state: State, sitting: Sequence[str], panel: Sequence[str]) -> list[str]:
    """The roles that a case still needs, for pages. A case that is decided or closed needs nobody."""
    return vacant(sitting, panel) if state is State.ASSIGNING else []


def searched(before: Case, after: Case) -> tuple[Case, tuple[ReviewerAssigned | CaseUnstaffed, ...]]:
    """The case after a search for people, and the events that follow. For each seat it is said once that nobody can be
    found, until somebody takes the seat."""
    seated, roles = newly_seated(before, after), missing(after)
    if after.state is not State.ASSIGNING or not Counter(roles) - Counter(after.told):
        return after, seated
    unstaffed = CaseUnstaffed(
        case_id=after.case_id,
        application_id=after.application_id,
        submission_number=after.submission_number,
        credential=after.credential,
        credential_version=after.credential_version,
        lacking=tuple(roles),
    )
    return replace(after, told=tuple(roles)), (*seated, unstaffed)


def _follow_panel(case: Case) -> Case:
    roles = missing(case)
    case = replace(case, told=tuple((Counter(case.told) & Counter(roles)).elements()))
    if roles:
        return _move(case, Action.SHORT)
    if all(seat.state is SeatState.SUBMITTED for seat in case.seats if seat.role in SCORING and not seat.empty):
        return _move(case, Action.SCORED)
    return _move(case, Action.STAFFED)
