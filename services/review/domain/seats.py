"""A seat: one person's part in one case, in a role of its panel.

A seat is `assigned` until the person declares, then `declared_clear`, and for reviewers `draft` and `submitted`. The
chair's seat is `submitted` with the decision. `conflicted` and `released` (the person declined, lost the role,
or was erased) are empty seats: somebody else is looked for, and nobody gets the same case twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from contracts.claims import ObjectClaim
from contracts.refusals import NotYours, Text, WrongState

REVIEWER, CHAIR = "reviewer", "chair"
SCORING = frozenset({REVIEWER})
"""Roles that score, and judge blind. The service assigns only people who named the credential and signed its
agreement."""
DECIDING = frozenset({CHAIR})
"""Roles that decide."""
ROLES = SCORING | DECIDING
"""All roles. Only this module knows what each is for. A case's `panel` has one entry for each seat."""


class SeatState(StrEnum):
    ASSIGNED = "assigned"
    DECLARED_CLEAR = "declared_clear"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CONFLICTED = "conflicted"
    RELEASED = "released"


class SeatAction(StrEnum):
    CLEAR = "declare no conflict"
    CONFLICT = "declare a conflict"
    DECLINE = "decline"
    READ = "read the materials"
    DRAFT = "draft scores"
    SUBMIT = "submit the scores"
    DECIDE = "decide"
    RELEASE = "release"
    FIND_CONFLICT = "find a conflict"


_S, _A = SeatState, SeatAction
SEAT_TRANSITIONS: Mapping[tuple[SeatState, SeatAction], SeatState] = MappingProxyType(
    {
        (_S.ASSIGNED, _A.CLEAR): _S.DECLARED_CLEAR,
        (_S.ASSIGNED, _A.CONFLICT): _S.CONFLICTED,
        (_S.ASSIGNED, _A.DECLINE): _S.RELEASED,
        (_S.ASSIGNED, _A.RELEASE): _S.RELEASED,
        (_S.DECLARED_CLEAR, _A.CLEAR): _S.DECLARED_CLEAR,
        (_S.DECLARED_CLEAR, _A.CONFLICT): _S.CONFLICTED,
        (_S.DECLARED_CLEAR, _A.READ): _S.DECLARED_CLEAR,
        (_S.DECLARED_CLEAR, _A.DRAFT): _S.DRAFT,
        (_S.DECLARED_CLEAR, _A.SUBMIT): _S.SUBMITTED,
        (_S.DECLARED_CLEAR, _A.DECIDE): _S.SUBMITTED,
        (_S.DECLARED_CLEAR, _A.DECLINE): _S.RELEASED,
        (_S.DECLARED_CLEAR, _A.RELEASE): _S.RELEASED,
        (_S.DRAFT, _A.CLEAR): _S.DRAFT,
        (_S.DRAFT, _A.CONFLICT): _S.CONFLICTED,
        (_S.DRAFT, _A.READ): _S.DRAFT,
        (_S.DRAFT, _A.DRAFT): _S.DRAFT,
        (_S.DRAFT, _A.SUBMIT): _S.SUBMITTED,
        (_S.DRAFT, _A.DECLINE): _S.RELEASED,
        (_S.DRAFT, _A.RELEASE): _S.RELEASED,
        (_S.SUBMITTED, _A.CLEAR): _S.SUBMITTED,
        (_S.SUBMITTED, _A.READ): _S.SUBMITTED,
        (_S.SUBMITTED, _A.RELEASE): _S.SUBMITTED,
        (_S.CONFLICTED, _A.RELEASE): _S.CONFLICTED,
        (_S.RELEASED, _A.RELEASE): _S.RELEASED,
        (_S.ASSIGNED, _A.FIND_CONFLICT): _S.CONFLICTED,
        (_S.DECLARED_CLEAR, _A.FIND_CONFLICT): _S.CONFLICTED,
        (_S.DRAFT, _A.FIND_CONFLICT): _S.CONFLICTED,
        (_S.SUBMITTED, _A.FIND_CONFLICT): _S.CONFLICTED,
        (_S.CONFLICTED, _A.FIND_CONFLICT): _S.CONFLICTED,
        (_S.RELEASED, _A.FIND_CONFLICT): _S.RELEASED,
    }
)
"""RELEASE and FIND_CONFLICT follow facts (a role was taken away, a person erased, a conflict of interest found), so
each state has an answer. The other actions are commands."""

EMPTY = frozenset({SeatState.CONFLICTED, SeatState.RELEASED})
WORKING = frozenset({SeatState.ASSIGNED, SeatState.DECLARED_CLEAR, SeatState.DRAFT})
"""States that count as load: the person has work left."""

_ONLY_FOR = {SeatAction.DRAFT: SCORING, SeatAction.SUBMIT: SCORING, SeatAction.DECIDE: DECIDING}
_NOT_FOR = {
    SeatAction.DRAFT: Text("you do not score this case; only its reviewers may draft scores"),
    SeatAction.SUBMIT: Text("you do not score this case; only its reviewers may submit the scores"),
    SeatAction.DECIDE: Text("you do not decide this case; only its chair may"),
}
_WHY_NOT = {
    SeatState.ASSIGNED: Text("say first whether you have a conflict of interest: POST .../declaration {conflict}"),
    SeatState.DRAFT: Text(
        "your part is draft; possible now: declare no conflict, declare a conflict, decline, read the materials"
    ),
    SeatState.SUBMITTED: Text("your part is submitted; possible now: declare no conflict, read the materials"),
    SeatState.CONFLICTED: Text("your part is conflicted; possible now: nothing more"),
    SeatState.RELEASED: Text("your part is released; possible now: nothing more"),
}
"""A person who has declared, and done nothing else yet, may do everything that their role is for."""


@dataclass(frozen=True, slots=True)
class Seat:
    """`levels`: item to rubric level; a draft until the seat is `submitted`. `notes`: the reviewer's notes on them, as
    a claim.

    `conflict`: the kind of the conflict of interest that the service found; empty if it found none.

    `number` tells the seats of a case apart without a name. Seats are kept in its order.
    """

    person_id: UUID
    role: str
    state: SeatState = SeatState.ASSIGNED
    levels: Mapping[str, str] = field(default_factory=dict)
    notes: ObjectClaim | None = None
    reason: ObjectClaim | None = None
    number: int = 0
    conflict: str = ""

    @property
    def empty(self) -> bool:
        return self.state in EMPTY

    @property
    def declared(self) -> bool:
        return self.state is not SeatState.ASSIGNED


def _next(role: str, state: SeatState, action: SeatAction) -> SeatState:
    if role not in _ONLY_FOR.get(action, (role,)):
        raise NotYours(_NOT_FOR[action])
    after = SEAT_TRANSITIONS.get((state, action))
    if after is None:
        raise WrongState(_WHY_NOT[state], type="declaration_missing" if state is SeatState.ASSIGNED else "")
    return after


def _move(seat: Seat, action: SeatAction) -> Seat:
    return replace(seat, state=_next(seat.role, seat.state, action))


def declare(seat: Seat, conflict: bool, reason: ObjectClaim | None = None) -> Seat:
    """Say whether there is a conflict of interest. Reviewers who notice one while they read may declare it until their
    scores are final."""
    if not conflict:
        return _move(seat, SeatAction.CLEAR)
    return replace(_move(seat, SeatAction.CONFLICT), reason=reason)


def decline(seat: Seat, reason: ObjectClaim) -> Seat:
    """The person cannot judge this case, without a conflict of interest. Possible until their part is submitted."""
    return replace(_move(seat, SeatAction.DECLINE), reason=reason)


def read(role: str, state: SeatState) -> None:
    """Raises a refusal unless a person with this role may read materials in this state."""
    _next(role, state, SeatAction.READ)


def draft(seat: Seat, levels: Mapping[str, str], notes: ObjectClaim | None) -> Seat:
    """Replace the draft. `scores.check` says whether the levels fit the rubric."""
    return replace(_move(seat, SeatAction.DRAFT), levels=dict(levels), notes=notes)


def submit(seat: Seat) -> Seat:
    """Make the draft final. `scores.check_complete` says whether it is complete."""
    return _move(seat, SeatAction.SUBMIT)


def decide(seat: Seat) -> Seat:
    """The decision completes the chair's part."""
    return _move(seat, SeatAction.DECIDE)


def release(seat: Seat) -> Seat:
    """The person may not judge any more. Final scores stay."""
    return _move(seat, SeatAction.RELEASE)


def find_conflict(seat: Seat, kind: str) -> Seat:
    """The service found a conflict of interest: the seat is empty from now on, whatever was done in it. An empty seat
    stays as it is."""
    return seat if seat.empty else replace(_move(seat, SeatAction.FIND_CONFLICT), conflict=kind)
