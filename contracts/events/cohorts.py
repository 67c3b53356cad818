"""What `intake` says about cohorts. The order of one cohort's events is the order in which its places were given."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.event import Event, Payload
from contracts.topics import INTAKE_COHORTS


class CohortSession(Payload):
    """One meeting of a cohort. `sequence` grows with each change of it (RFC 5545, 3.8.7.4). Where it meets is not said
    here: members see it when they are signed in."""

    session_id: UUID
    starts_at: AwareDatetime
    minutes: int
    title: str
    sequence: int = 0
    cancelled: bool = False


class CohortMember(Payload):
    """Who has a place, or waits for one, and with which application."""

    application_id: UUID
    person_id: UUID


class _CohortEvent(Payload):
    # Words of the program, nobody's: what a cohort is called, and the IANA zone in which its sessions are planned.
    cohort_id: UUID
    cohort_name: str
    zone: str

    @property
    def key(self) -> str:
        return str(self.cohort_id)


class CohortOpened(_CohortEvent, Event, type="intake.cohort.opened.v1", topic=INTAKE_COHORTS):
    """Applicants for these credentials may join a cohort now."""

    credentials: tuple[str, ...]
    capacity: int
    sessions: tuple[CohortSession, ...]


class CohortRescheduled(
    _CohortEvent, Event, type="intake.cohort.rescheduled.v1", topic=INTAKE_COHORTS, heard_by=("notify",)
):
    """Sessions were added, changed or cancelled: `changed` says which, `sessions` are all of them, `members` are those
    who have a place."""

    sessions: tuple[CohortSession, ...]
    changed: tuple[UUID, ...]
    members: tuple[CohortMember, ...] = ()


class CohortCancelled(
    _CohortEvent, Event, type="intake.cohort.cancelled.v1", topic=INTAKE_COHORTS, heard_by=("notify",)
):
    """A cohort does not take place any more. `members` had a place, `waiting` were on the waiting list."""

    sessions: tuple[CohortSession, ...]
    members: tuple[CohortMember, ...] = ()
    waiting: tuple[CohortMember, ...] = ()


class CohortPlaceTaken(
    _CohortEvent, Event, type="intake.cohort.place_taken.v1", topic=INTAKE_COHORTS, heard_by=("notify",)
):
    """An application has a place, or one on the waiting list. `place`: member, waiting. `reason`: joined, moved_up,
    moved_by_staff (both may grow). `waiting_number` counts from 1 on the waiting list."""

    application_id: UUID
    person_id: UUID
    place: str
    reason: str = "joined"
    waiting_number: int | None = None
    sessions: tuple[CohortSession, ...] = ()


class CohortPlaceEnded(
    _CohortEvent, Event, type="intake.cohort.place_ended.v1", topic=INTAKE_COHORTS, heard_by=("notify",)
):
    """An application has no place any more, nor waits for one. `reason`: left, removed, moved, application_ended (it
    may grow)."""

    application_id: UUID
    person_id: UUID
    reason: str = "left"


IntakeCohortsEvent = CohortOpened | CohortRescheduled | CohortCancelled | CohortPlaceTaken | CohortPlaceEnded
