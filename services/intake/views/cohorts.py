"""Cohorts: for everybody without the addresses of the meetings, for members with them, for staff with the people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts import pages
from services.intake.domain import cohorts as rules
from services.intake.domain.cohort_places import Taken, joinable
from services.intake.store.cohorts import Who
from services.intake.views import Maybe, View


class CohortSession(View):
    """A session. `link` is the address of the meeting: only for members and staff."""

    session_id: UUID
    starts_at: datetime
    minutes: int
    title: str
    cancelled: bool
    link: Maybe[str] = None


class Offered(View):
    """A cohort that applicants may join. `free` is the number of free places, `waiting` that of people on the list."""

    cohort_id: UUID
    name: str
    description: str
    credentials: Sequence[str]
    capacity: int
    free: int
    waiting: int
    full: bool
    joinable: bool
    facilitators: Sequence[str]
    time_zone: str
    joining_opens: Maybe[datetime] = None
    joining_closes: Maybe[datetime] = None
    sessions: Sequence[CohortSession]


class Cohort(View):
    """The cohort of an application. `place`: member, waiting, removed, cohort_ended. `position` counts from 1 on the
    waiting list. `reason` is why staff removed the person. `calendar` is the address of the sessions as a calendar
    file."""

    cohort_id: UUID
    name: str
    description: str
    state: str
    place: str
    position: Maybe[int] = None
    reason: Maybe[str] = None
    time_zone: str
    facilitators: Sequence[str]
    sessions: Sequence[CohortSession]
    calendar: Maybe[str] = None


class Facilitator(View):
    """A person who leads a cohort. `email` is that of their account."""

    name: str
    email: Maybe[str] = None


class CohortPlace(View):
    """A person's place, in any state. `name` and `email` are missing after an erasure."""

    application_id: UUID
    person_id: UUID
    name: Maybe[str] = None
    email: Maybe[str] = None
    place: str
    position: Maybe[int] = None
    reason: Maybe[str] = None
    since: datetime


class Overseen(View):
    """A cohort as the program's staff see it."""

    cohort_id: UUID
    state: str
    full: bool
    name: str
    description: str
    credentials: Sequence[str]
    capacity: int
    free: int
    facilitators: Sequence[Facilitator]
    time_zone: str
    joining_opens: Maybe[datetime] = None
    joining_closes: Maybe[datetime] = None
    sessions: Sequence[CohortSession]
    members: Sequence[CohortPlace]
    waiting: Sequence[CohortPlace]
    earlier: Sequence[CohortPlace]


class Listed(View):
    """A cohort in the staff's list."""

    cohort_id: UUID
    state: str
    full: bool
    name: str
    credentials: Sequence[str]
    capacity: int
    members: int
    waiting: int
    time_zone: str
    begins_at: Maybe[datetime] = None
    created_at: datetime


def offered(cohort: rules.Cohort, now: datetime) -> Offered:
    """A cohort for people who may join it."""
    details = cohort.details
    return Offered(
        cohort_id=cohort.cohort_id,
        name=details.name,
        description=details.description,
        credentials=details.credentials,
        capacity=details.capacity,
        free=cohort.free,
        waiting=len(cohort.waiting),
        full=not cohort.free,
        joinable=joinable(cohort, now),
        facilitators=[one.name for one in details.facilitators],
        time_zone=details.time_zone,
        joining_opens=details.joining_opens,
        joining_closes=details.joining_closes,
        sessions=_sessions(cohort.sessions, links=False),
    )


def own_cohort(taken: Taken, application_id: UUID) -> Cohort:
    """The cohort of an application, for its applicant."""
    member = taken.place is rules.PlaceState.MEMBER
    return Cohort(
        cohort_id=taken.cohort_id,
        name=taken.name,
        description=taken.description,
        state=taken.state.value,
        place=taken.place.value,
        position=taken.position,
        reason=taken.reason or None,
        time_zone=taken.time_zone,
        facilitators=taken.facilitators,
        sessions=_sessions(taken.sessions, links=member),
        calendar=pages.cohort_calendar(application_id) if member else None,
    )


def overseen(cohort: rules.Cohort, called: Mapping[UUID, Who]) -> Overseen:
    """A cohort for staff; `called` has the names of people."""
    details = cohort.details
    return Overseen(
        cohort_id=cohort.cohort_id,
        state=cohort.state.value,
        full=not cohort.free,
        name=details.name,
        description=details.description,
        credentials=details.credentials,
        capacity=details.capacity,
        free=cohort.free,
        facilitators=[
            Facilitator(
                name=one.name, email=called[one.person_id].email if one.person_id and one.person_id in called else None
            )
            for one in details.facilitators
        ],
        time_zone=details.time_zone,
        joining_opens=details.joining_opens,
        joining_closes=details.joining_closes,
        sessions=_sessions(cohort.sessions, links=True),
        members=[_place(cohort, one, called) for one in cohort.members],
        waiting=[_place(cohort, one, called) for one in cohort.waiting],
        earlier=[_place(cohort, one, called) for one in cohort.places if one not in cohort.members + cohort.waiting],
    )


def listed(cohort: rules.Cohort, created_at: datetime) -> Listed:
    """A cohort in the staff's list."""
    planned = cohort.planned
    return Listed(
        cohort_id=cohort.cohort_id,
        state=cohort.state.value,
        full=not cohort.free,
        name=cohort.details.name,
        credentials=cohort.details.credentials,
        capacity=cohort.details.capacity,
        members=len(cohort.members),
        waiting=len(cohort.waiting),
        time_zone=cohort.details.time_zone,
        begins_at=planned[0].starts_at if planned else None,
        created_at=created_at,
    )


def _sessions(sessions: Sequence[rules.Session], *, links: bool) -> list[CohortSession]:
    return [
        CohortSession(
            session_id=one.session_id,
            starts_at=one.starts_at,
            minutes=one.minutes,
            title=one.title,
            cancelled=one.cancelled,
            link=one.link or None if links else None,
        )
        for one in sorted(sessions, key=lambda one: (one.starts_at, str(one.session_id)))
    ]


def _place(cohort: rules.Cohort, place: rules.Place, called: Mapping[UUID, Who]) -> CohortPlace:
    who = called.get(place.person_id)
    return CohortPlace(
        application_id=place.application_id,
        person_id=place.person_id,
        name=None if who is None else who.name or None,
        email=None if who is None else who.email,
        place=place.state.value,
        position=rules.position(cohort, place),
        reason=place.reason or None,
        since=place.since,
    )
