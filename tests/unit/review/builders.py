"""Builders for the unit tests of review: a case, its seats, its rubric."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.catalog import Level
from contracts.claims import ObjectClaim
from contracts.events.applications import ApplicationSubmitted, ApplicationWithdrawn
from services.review.domain import cases
from services.review.domain.cases import Case, State
from services.review.domain.scores import Rubric
from services.review.domain.seats import CHAIR, REVIEWER, Seat, SeatState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
APPLICATION, APPLICANT, CASE = UUID(int=1), UUID(int=2), UUID(int=3)
ANN, BEN, CHAI, DORA = UUID(int=11), UUID(int=12), UUID(int=13), UUID(int=14)
PANEL = ("chair", "reviewer", "reviewer")

LEVELS = (
    Level(key="missing", name="Missing", passing=False),
    Level(key="emerging", name="Emerging", passing=False),
    Level(key="demonstrated", name="Demonstrated", passing=True),
    Level(key="exemplary", name="Exemplary", passing=True),
)


def claim(name: str) -> ObjectClaim:
    return ObjectClaim(name=f"review/{APPLICANT}/{name}", sha256="0" * 64, size=1, media_type="text/plain")


def submitted(**changes: Any) -> ApplicationSubmitted:
    fields: dict[str, Any] = {
        "application_id": APPLICATION,
        "person_id": APPLICANT,
        "person_version": 1,
        "credential": "weaving",
        "credential_version": 2,
        "attempt": 3,
        "materials": (),
    }
    return ApplicationSubmitted(**(fields | changes))


def withdrawn() -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=APPLICATION, person_id=APPLICANT, credential="weaving", credential_version=2
    )


def case(state: State = State.ASSIGNING, seats: Iterable[Seat] = (), **changes: Any) -> Case:
    opened, _ = cases.open_case(submitted(), CASE, "S-234567", panel=PANEL, business_days=14, now=NOW)
    return replace(
        opened, state=state, seats=tuple(replace(seat, number=n) for n, seat in enumerate(seats, 1)), **changes
    )


def seat(person_id: UUID, state: SeatState = SeatState.ASSIGNED, role: str = REVIEWER, **changes: Any) -> Seat:
    return replace(Seat(person_id, role, state), **changes)


def chair(state: SeatState = SeatState.ASSIGNED) -> Seat:
    return seat(CHAI, state, CHAIR)


def rubric(**carried: str) -> Rubric:
    return Rubric({"warp": "Warp", "weft": "Weft", "loom": "Loom"}, LEVELS, carried)


def panel_in(state: State) -> tuple[Seat, ...]:
    """The seats that a case has in this state."""
    match state:
        case State.ASSIGNING:
            return (seat(ANN),)
        case State.SCORING:
            return (chair(), seat(ANN, SeatState.DRAFT), seat(BEN))
        case _:
            return (chair(SeatState.DECLARED_CLEAR), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.SUBMITTED))
