"""SQL of the latest place of an application, as a part of the application's own row."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.intake.domain.cohort_places import Taken
from services.intake.domain.cohort_states import State
from services.intake.domain.cohorts import PlaceState
from services.intake.store.cohorts import session_from

KEEP_COHORTS = "keep-cohorts"
"""The job that removes ended applications from cohorts."""

# A place that was left, or from which the person was moved, is not shown any more.
COHORT_OF = """(SELECT CASE WHEN t.state NOT IN ('left', 'moved', 'application_ended') THEN jsonb_build_object(
        'cohort_id', c.cohort_id, 'name', c.name, 'description', c.description, 'state', c.state,
        'time_zone', c.time_zone, 'facilitators', c.facilitators, 'place', t.state, 'reason', t.reason,
        'position', (SELECT count(*) FROM cohort_places w
            WHERE w.cohort_id = t.cohort_id AND w.state = 'waiting' AND w.number <= t.number),
        'sessions', (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.starts_at, s.session_id), '[]')
            FROM cohort_sessions s WHERE s.cohort_id = c.cohort_id)) END
    FROM cohort_places t JOIN cohorts c USING (cohort_id) WHERE t.application_id = a.application_id
    ORDER BY (t.state IN ('member', 'waiting')) DESC, t.since DESC, t.state IN ('left', 'moved'), t.cohort_id,
        t.number DESC LIMIT 1)"""
"""The column of an application `a`."""


def taken_from(found: Mapping[str, Any] | None) -> Taken | None:
    """The latest place as PostgreSQL gives it; None if there is none, or it was given up."""
    if found is None:
        return None
    place = PlaceState(found["place"])
    return Taken(
        cohort_id=UUID(found["cohort_id"]),
        name=found["name"],
        description=found["description"],
        state=State(found["state"]),
        time_zone=found["time_zone"],
        facilitators=tuple(one["name"] for one in found["facilitators"]),
        place=place,
        position=found["position"] if place is PlaceState.WAITING else None,
        reason=found["reason"],
        sessions=tuple(session_from(one) for one in found["sessions"]),
    )
