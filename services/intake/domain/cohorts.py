"""A cohort: its details, its sessions, its places and its waiting list.

Each function takes the present cohort and returns the new one and the events to say. It refuses by raising a kind of
`contracts.refusals`. The first person on the waiting list gets a free place in the same change in which it becomes
free, so nobody waits while there is a place. `cohort_places` has the rules of places.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.event import Event
from contracts.events.cohorts import (
    CohortCancelled,
    CohortMember,
    CohortOpened,
    CohortPlaceTaken,
    CohortSession,
)
from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState
from services.intake.domain.cohort_states import Action, State, next_state


class PlaceState(StrEnum):
    """The state of a place. The first two are states of people who are in the cohort now."""

    MEMBER = "member"
    WAITING = "waiting"
    LEFT = "left"
    REMOVED = "removed"
    MOVED = "moved"
    APPLICATION_ENDED = "application_ended"
    COHORT_ENDED = "cohort_ended"


@dataclass(frozen=True, slots=True)
class Facilitator:
    """A person who leads a cohort. `person_id`: their account, if it is known."""

    name: str
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a cohort. `link` is the address of the meeting, only for members. `sequence` counts its changes,
    for calendars."""

    session_id: UUID
    starts_at: datetime
    minutes: int
    title: str
    link: str = ""
    sequence: int = 0
    cancelled: bool = False

    @property
    def ends_at(self) -> datetime:
        """The time when it is over."""
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of an application, or one on the waiting list; a lower number came earlier. `live`: its application has
    not ended, and its person is not erased."""

    number: int
    application_id: UUID
    person_id: UUID
    state: PlaceState
    since: datetime
    reason: str = ""
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The details of a cohort, from staff. Without `joining_opens` applicants may join as soon as it is open, without
    `joining_closes` until its first session begins."""

    name: str
    description: str = ""
    credentials: tuple[str, ...]
    capacity: int
    facilitators: tuple[Facilitator, ...] = ()
    time_zone: str
    joining_opens: datetime | None = None
    joining_closes: datetime | None = None

    def kept(self) -> Mapping[str, Any]:
        """The details by name, for their edition."""
        return {name: _plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A cohort. `version` counts its changes and guards the row."""

    cohort_id: UUID
    version: int = 1
    state: State = State.DRAFT
    details: Details
    sessions: tuple[Session, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def members(self) -> tuple[Place, ...]:
        """The places of members."""
        return tuple(one for one in self.places if one.state is PlaceState.MEMBER)

    @property
    def waiting(self) -> tuple[Place, ...]:
        """The waiting list, in its order."""
        return tuple(one for one in self.places if one.state is PlaceState.WAITING)

    @property
    def people(self) -> tuple[UUID, ...]:
        """All people whom it names: facilitators, and people who have or had a place."""
        leading = (one.person_id for one in self.details.facilitators if one.person_id is not None)
        return tuple(dict.fromkeys([*leading, *(one.person_id for one in self.places)]))

    @property
    def free(self) -> int:
        """The number of free places."""
        return max(0, self.details.capacity - len(self.members))

    @property
    def planned(self) -> tuple[Session, ...]:
        """The sessions that are not cancelled, in the order of time."""
        return tuple(
            sorted((one for one in self.sessions if not one.cancelled), key=lambda one: (one.starts_at, one.title))
        )


Change = tuple[Cohort, tuple[Event, ...]]
"""The cohort after a change, and the events to say."""


def no_cohort(cohort_id: UUID) -> NotThere:
    """The refusal for a cohort that does not exist."""
    return NotThere(Text("There is no cohort %(cohort_id)s.", cohort_id=cohort_id))


def no_session(session_id: UUID) -> NotThere:
    """The refusal for a session that the cohort does not have."""
    return NotThere(Text("This cohort has no session %(session_id)s.", session_id=session_id))


def instant(field: str, time: datetime, zone: ZoneInfo) -> datetime:
    """A time on a clock in a zone, or with a zone of its own. Refuses a time that clocks skip. Of a time that they show
    twice it takes the first."""
    if time.tzinfo is not None:
        return time
    there = time.replace(tzinfo=zone)
    found = there.astimezone(ZoneInfo("UTC"))
    if found.astimezone(zone).replace(tzinfo=None) != time:
        raise Invalid(
            Fault(field, Text("does not exist in %(zone)s, because clocks skip it on that day", zone=zone.key)),
            text=Text("Clocks skip that time."),
        )
    return found


def edit(cohort: Cohort, details: Details, now: datetime) -> Change:
    """Change the details. New places go to the waiting list. Refuses fewer places than members."""
    state = next_state(cohort.state, Action.EDIT)
    if details.capacity < len(cohort.members):
        raise Invalid(
            Fault(
                "capacity",
                Text("must be at least %(members)s, because so many people have a place", members=len(cohort.members)),
            ),
            text=Text("More people have a place than that."),
        )
    check_window(details)
    return fill(replace(cohort, state=state, details=details), now)


def check_window(details: Details) -> None:
    """Refuses a time for joining that ends before it begins."""
    opens, closes = details.joining_opens, details.joining_closes
    if opens is not None and closes is not None and closes <= opens:
        raise Invalid(
            Fault("joining_closes", Text("must be later than joining opens")),
            text=Text("Joining would close before it opens."),
        )


def open_to_applicants(cohort: Cohort, now: datetime) -> Change:
    """Let applicants join. The cohort needs a session in the future."""
    state = next_state(cohort.state, Action.OPEN)
    if not any(one.starts_at > now for one in cohort.planned):
        raise WrongState(
            Text("A cohort needs at least one session in the future. Add its sessions first."),
            type="no_sessions",
        )
    opened = replace(cohort, state=state)
    details = cohort.details
    event = CohortOpened(**told(opened), credentials=details.credentials, capacity=details.capacity)
    return opened, (event,)


def cancel(cohort: Cohort, now: datetime) -> Change:
    """Cancel the cohort: sessions in the future are cancelled, and all places end."""
    state = next_state(cohort.state, Action.CANCEL)
    sessions = tuple(off(one) if one.starts_at > now and not one.cancelled else one for one in cohort.sessions)
    cancelled = replace(cohort, state=state, sessions=sessions, places=_ended(cohort, now))
    if cohort.state is State.DRAFT:
        return cancelled, ()
    event = CohortCancelled(**told(cancelled), members=told_people(cohort.members), waiting=told_people(cohort.waiting))
    return cancelled, (event,)


def pass_time(cohort: Cohort, now: datetime) -> Cohort:
    """The effect of time: the first session begins, the last one ends."""
    planned = cohort.planned
    if not planned:
        return cohort
    if planned[0].starts_at <= now:
        cohort = replace(cohort, state=next_state(cohort.state, Action.BEGIN))
    if max(one.ends_at for one in planned) <= now:
        state = next_state(cohort.state, Action.FINISH)
        if state is not cohort.state:
            cohort = replace(cohort, state=state, places=_ended(cohort, now))
    return cohort


def fill(cohort: Cohort, now: datetime) -> Change:
    """Give free places to the waiting list, in its order. Applications that have ended are skipped."""
    moving = {one.number for one in [one for one in cohort.waiting if one.live][: cohort.free]}
    if not moving:
        return cohort, ()
    places = tuple(
        replace(one, state=PlaceState.MEMBER, since=now) if one.number in moving else one for one in cohort.places
    )
    filled = replace(cohort, places=places)
    return filled, tuple(taken(filled, one, "moved_up") for one in places if one.number in moving)


def taken(cohort: Cohort, place: Place, reason: str) -> CohortPlaceTaken:
    """The event of a place that somebody has now, in the cohort or on its waiting list."""
    return CohortPlaceTaken(
        **told(cohort),
        application_id=place.application_id,
        person_id=place.person_id,
        place=place.state.value,
        reason=reason,
        waiting_number=position(cohort, place),
    )


def position(cohort: Cohort, place: Place) -> int | None:
    """The person's number on the waiting list, from 1; None if they do not wait."""
    return None if place.state is not PlaceState.WAITING else cohort.waiting.index(place) + 1


def off(session: Session) -> Session:
    """The session after it was cancelled."""
    return replace(session, cancelled=True, sequence=session.sequence + 1)


def _ended(cohort: Cohort, now: datetime) -> tuple[Place, ...]:
    active = (PlaceState.MEMBER, PlaceState.WAITING)
    return tuple(
        replace(one, state=PlaceState.COHORT_ENDED, since=now) if one.state in active else one for one in cohort.places
    )


def told_people(places: tuple[Place, ...]) -> tuple[CohortMember, ...]:
    """The people with these places, as events name them."""
    return tuple(CohortMember(application_id=one.application_id, person_id=one.person_id) for one in places if one.live)


def told(cohort: Cohort) -> dict[str, Any]:
    """The fields that every event of a cohort has."""
    sessions = tuple(
        CohortSession(**{name: value for name, value in asdict(one).items() if name != "link"})
        for one in sorted(cohort.sessions, key=lambda one: (one.starts_at, str(one.session_id)))
    )
    details = cohort.details
    return {"cohort_id": cohort.cohort_id, "cohort_name": details.name, "zone": details.time_zone, "sessions": sessions}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return str(value) if isinstance(value, UUID) else value
