"""Which mails the events of a cohort ask for. One event may ask for a mail to each member."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from contracts import pages
from contracts.event import Event
from contracts.events.cohorts import (
    CohortCancelled,
    CohortMember,
    CohortPlaceEnded,
    CohortPlaceTaken,
    CohortRescheduled,
    CohortSession,
)
from services.notify.domain.occasions import Occasion

CALENDAR = "calendar"
"""The fact with the sessions that are attached as a calendar file."""


def occasions(event: Event) -> tuple[Occasion, ...]:
    """The mails that an event of a cohort asks for. No mail goes to people who left by themselves or whose application
    ended: they know."""
    match event:
        case CohortPlaceTaken(place="member"):
            facts = _sessions(event.sessions) | _calendar(event) | {"reason": event.reason}
            return (_occasion("cohort_place", event.application_id, event.person_id, event, facts),)
        case CohortPlaceTaken(place="waiting"):
            facts = {"position": event.waiting_number, "reason": event.reason}
            return (_occasion("cohort_waiting", event.application_id, event.person_id, event, facts),)
        case CohortPlaceEnded(reason="removed"):
            return (_occasion("cohort_removed", event.application_id, event.person_id, event, {}),)
        case CohortRescheduled():
            changed = [one for one in event.sessions if one.session_id in event.changed]
            facts = _sessions(changed) | _calendar(event)
            return _to_each(event.members, "cohort_rescheduled", event, facts)
        case CohortCancelled():
            members = _to_each(event.members, "cohort_cancelled", event, _calendar(event) | {"waited": False})
            return members + _to_each(event.waiting, "cohort_cancelled", event, {"waited": True})
        case _:
            return ()


_Named = CohortPlaceTaken | CohortPlaceEnded | CohortRescheduled | CohortCancelled


def _to_each(
    people: Iterable[CohortMember], template: str, event: _Named, facts: dict[str, Any]
) -> tuple[Occasion, ...]:
    return tuple(_occasion(template, one.application_id, one.person_id, event, facts) for one in people)


def _occasion(template: str, application_id: UUID, person_id: UUID, event: _Named, facts: dict[str, Any]) -> Occasion:
    about = {"path": pages.cohort(application_id), "cohort": event.cohort_name}
    return Occasion(template, person_id, application_id=application_id, facts=about | facts)


def _sessions(sessions: Iterable[CohortSession]) -> dict[str, Any]:
    return {"sessions": [one.model_dump(mode="json") for one in sessions]}


def _calendar(event: CohortPlaceTaken | CohortRescheduled | CohortCancelled) -> dict[str, Any]:
    return {CALENDAR: {"time_zone": event.zone, **_sessions(event.sessions)}} if event.sessions else {}
