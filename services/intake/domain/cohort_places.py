"""Places in a cohort: joining, the waiting list, leaving, and what staff do with a person's place."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.event import Event
from contracts.events.cohorts import CohortPlaceEnded
from contracts.refusals import NotThere, Text, WrongState
from services.intake.domain.cohort_states import Action, State, next_state
from services.intake.domain.cohorts import Change, Cohort, Place, PlaceState, Session, fill, taken
from services.intake.domain.states import LIVE
from services.intake.domain.states import State as ApplicationState

MOST_WAITING = 500
"""The most people who may wait for a place of one cohort."""
ACTIVE = frozenset({PlaceState.MEMBER, PlaceState.WAITING})


@dataclass(frozen=True, slots=True)
class Joining:
    """The application for which a place is wanted."""

    application_id: UUID
    person_id: UUID
    credential: str
    state: ApplicationState


@dataclass(frozen=True, slots=True)
class Taken:
    """An application's latest place, with what its applicant sees of the cohort. `position` is that on the waiting
    list. `reason` is what staff wrote to the person."""

    cohort_id: UUID
    name: str
    description: str
    state: State
    time_zone: str
    facilitators: tuple[str, ...]
    place: PlaceState
    position: int | None
    reason: str
    sessions: tuple[Session, ...]

    @property
    def active(self) -> bool:
        """Whether there is a place now, in the cohort or on its waiting list."""
        return self.place in ACTIVE


def another_place() -> WrongState:
    """The refusal if the application has a place in some cohort, or its person has one in this cohort."""
    return WrongState(
        Text("You have a place in a cohort already, or wait for one. Leave that cohort before you join another one."),
        type="in_a_cohort",
    )


def joinable(cohort: Cohort, now: datetime) -> bool:
    """Whether applicants may join, or join the waiting list."""
    opens, closes = cohort.details.joining_opens, cohort.details.joining_closes
    return cohort.state is State.OPEN and (opens is None or opens <= now) and (closes is None or now < closes)


def join(cohort: Cohort, who: Joining, now: datetime) -> Change:
    """Take a place, or the last one on the waiting list. Joining again changes nothing."""
    if _place_of(cohort, who.application_id) is not None:
        return cohort, ()
    next_state(cohort.state, Action.JOIN)
    if not joinable(cohort, now):
        raise WrongState(
            Text("%(name)s cannot be joined at this time.", name=cohort.details.name),
            type="joining_closed",
        )
    return _enter(cohort, who, now, "joined")


def leave(cohort: Cohort, application_id: UUID, now: datetime) -> Change:
    """Give the place up. The first person on the waiting list gets it."""
    place = _needed(cohort, application_id)
    next_state(cohort.state, Action.LEAVE)
    return _end(cohort, (place,), PlaceState.LEFT, "", now)


def remove(cohort: Cohort, application_id: UUID, reason: str, now: datetime) -> Change:
    """Staff remove somebody from the cohort. The person can read the reason."""
    place = _needed(cohort, application_id)
    next_state(cohort.state, Action.REMOVE)
    return _end(cohort, (place,), PlaceState.REMOVED, reason, now)


def move(source: Cohort, target: Cohort, who: Joining, reason: str, now: datetime) -> tuple[Change, Change]:
    """Staff move somebody to another cohort, where they get a free place or wait. The time for joining does not
    matter."""
    if source.cohort_id == target.cohort_id:
        raise WrongState(Text("The person is in this cohort already. Choose another one."))
    place = _needed(source, who.application_id)
    next_state(source.state, Action.REMOVE)
    next_state(target.state, Action.PLACE)
    if any(one.person_id == who.person_id and one.state in ACTIVE for one in target.places):
        raise another_place()
    return _end(source, (place,), PlaceState.MOVED, reason, now), _enter(target, who, now, "moved_by_staff")


def drop_ended(cohort: Cohort, now: datetime) -> Change:
    """Remove withdrawn and lapsed applications and erased people. The next ones on the waiting list move up."""
    next_state(cohort.state, Action.APPLICATION_ENDED)
    gone = tuple(one for one in cohort.places if one.state in ACTIVE and not one.live)
    return _end(cohort, gone, PlaceState.APPLICATION_ENDED, "", now) if gone else (cohort, ())


def _enter(cohort: Cohort, who: Joining, now: datetime, reason: str) -> Change:
    if who.state not in LIVE:
        raise WrongState(Text("This application is over, so it cannot be in a cohort."), type="application_over")
    if who.credential not in cohort.details.credentials:
        raise WrongState(
            Text("%(name)s is not for this credential. Choose a cohort for this credential.", name=cohort.details.name),
            type="other_credential",
        )
    if any(one.person_id == who.person_id and one.state in ACTIVE for one in cohort.places):
        raise another_place()
    waits = not cohort.free
    if waits and len(cohort.waiting) >= MOST_WAITING:
        raise WrongState(Text("The waiting list is full. Choose another cohort, or come back later."), type="full")
    place = Place(
        number=max((one.number for one in cohort.places), default=0) + 1,
        application_id=who.application_id,
        person_id=who.person_id,
        state=PlaceState.WAITING if waits else PlaceState.MEMBER,
        since=now,
    )
    joined = replace(cohort, places=(*cohort.places, place))
    return joined, (taken(joined, place, reason),)


def _end(cohort: Cohort, ending: tuple[Place, ...], state: PlaceState, reason: str, now: datetime) -> Change:
    numbers = {one.number for one in ending}
    places = tuple(
        replace(one, state=state, reason=reason, since=now) if one.number in numbers else one for one in cohort.places
    )
    said: tuple[Event, ...] = tuple(
        CohortPlaceEnded(
            cohort_id=cohort.cohort_id,
            cohort_name=cohort.details.name,
            zone=cohort.details.time_zone,
            application_id=one.application_id,
            person_id=one.person_id,
            reason=state.value,
        )
        for one in ending
    )
    filled, moved_up = fill(replace(cohort, places=places), now)
    return filled, (*said, *moved_up)


def _place_of(cohort: Cohort, application_id: UUID) -> Place | None:
    return next((one for one in cohort.places if one.application_id == application_id and one.state in ACTIVE), None)


def _needed(cohort: Cohort, application_id: UUID) -> Place:
    place = _place_of(cohort, application_id)
    if place is None:
        raise NotThere(Text("This application has no place in this cohort."))
    return place
