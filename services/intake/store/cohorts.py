"""SQL of cohorts. The cohort's row guards its sessions and places: a change of one of them writes the row too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.event import Event
from services.intake.domain.cohort_places import ACTIVE, another_place
from services.intake.domain.cohort_states import State
from services.intake.domain.cohorts import (
    Cohort,
    Details,
    Facilitator,
    Place,
    PlaceState,
    Session,
    no_cohort,
)
from services.intake.domain.states import GIVEN_UP

_GIVEN_UP = ", ".join(f"'{state}'" for state in sorted(GIVEN_UP))
_SESSIONS = """(SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.starts_at, s.session_id), '[]')
    FROM cohort_sessions s WHERE s.cohort_id = c.cohort_id) AS sessions"""
_PLACES = f"""(SELECT coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('live', a.state NOT IN ({_GIVEN_UP})
        AND NOT p.erased) ORDER BY t.number), '[]')
    FROM cohort_places t JOIN applications a USING (application_id) JOIN people p ON p.person_id = t.person_id
    WHERE t.cohort_id = c.cohort_id) AS places"""
_SELECT = f"""
    SELECT c.*, {_SESSIONS}, {_PLACES},
        (SELECT seen.version FROM cohorts seen WHERE seen.cohort_id = c.cohort_id) AS version_as_read
    FROM cohorts c
"""
LOAD = f"{_SELECT} WHERE c.cohort_id = $1"
OPEN_FOR = f"{_SELECT} WHERE c.state = 'open' AND c.credentials @> ARRAY[$1::text] ORDER BY c.created_at, c.cohort_id"
OPEN = f"{_SELECT} WHERE c.state = 'open' ORDER BY c.created_at, c.cohort_id"
NEWEST = f"{_SELECT} ORDER BY c.created_at DESC, c.cohort_id DESC LIMIT $1"
OLDER = f"{_SELECT} WHERE (c.created_at, c.cohort_id) < ($2, $3) ORDER BY c.created_at DESC, c.cohort_id DESC LIMIT $1"
INSERT = """
    INSERT INTO cohorts (cohort_id, version, state, name, description, credentials, capacity, facilitators, time_zone,
        joining_opens, joining_closes, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    RETURNING cohort_id
"""
UPDATE = """
    UPDATE cohorts SET version = $2 + 1, state = $3, name = $4, description = $5, credentials = $6, capacity = $7,
        facilitators = $8, time_zone = $9, joining_opens = $10, joining_closes = $11
    WHERE cohort_id = $1 AND version = $2
    RETURNING cohort_id
"""
PUT_SESSION = """
    INSERT INTO cohort_sessions (session_id, cohort_id, starts_at, minutes, title, link, sequence, cancelled)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (session_id) DO UPDATE SET starts_at = excluded.starts_at, minutes = excluded.minutes,
        title = excluded.title, link = excluded.link, sequence = excluded.sequence, cancelled = excluded.cancelled
    WHERE cohort_sessions.cohort_id = excluded.cohort_id
"""
TAKE_SESSION_OUT = "DELETE FROM cohort_sessions WHERE session_id = $1 AND cohort_id = $2"
CHANGE_PLACE = "UPDATE cohort_places SET state = $3, reason = $4, since = $5 WHERE cohort_id = $1 AND number = $2"
# Another cohort's row does not guard this one: the same application may be joining both at this moment.
ADD_PLACE = """
    INSERT INTO cohort_places (cohort_id, number, application_id, person_id, state, reason, since)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING number
"""
PLACE_OF = """
    SELECT cohort_id FROM cohort_places WHERE application_id = $1 AND state IN ('member', 'waiting')
"""
DUE = f"""
    SELECT t.cohort_id FROM cohort_places t JOIN applications a USING (application_id)
        JOIN people p ON p.person_id = t.person_id
    WHERE t.state IN ('member', 'waiting') AND (a.state IN ({_GIVEN_UP}) OR p.erased)
    UNION
    SELECT c.cohort_id FROM cohorts c WHERE c.state = 'open' AND EXISTS (SELECT FROM cohort_sessions s
        WHERE s.cohort_id = c.cohort_id AND NOT s.cancelled AND s.starts_at <= $1)
    UNION
    SELECT c.cohort_id FROM cohorts c WHERE c.state = 'running' AND (SELECT max(s.starts_at + s.minutes * interval '1
        minute') FROM cohort_sessions s WHERE s.cohort_id = c.cohort_id AND NOT s.cancelled) <= $1
    ORDER BY cohort_id
"""
PEOPLE_OF = """
    SELECT DISTINCT p.person_id, p.name, p.email FROM people p WHERE p.person_id = ANY ($1::uuid[]) AND NOT p.erased
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A cohort in a list, and when it was created."""

    cohort: Cohort
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Who:
    """The name and address of a person who has a place, or leads a cohort."""

    name: str
    email: str


async def load(tx: Tx, cohort_id: UUID) -> Cohort:
    """A cohort with all its sessions and places. Load an application before it, never after. Raises NotThere."""
    row = await tx.load(cohort_id, LOAD, cohort_id, lock="c")
    if row is None:
        raise no_cohort(cohort_id)
    return _cohort(row)


async def open_ones(tx: Tx, credential: str | None) -> list[Cohort]:
    """The open cohorts, for a credential or all."""
    rows = await (tx.fetch(OPEN) if credential is None else tx.fetch(OPEN_FOR, credential))
    return [_cohort(row) for row in rows]


async def page(tx: Tx, after: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """A page of cohorts, the newest first, from a place on."""
    rows = await (tx.fetch(NEWEST, limit) if after is None else tx.fetch(OLDER, limit, *after))
    return [Listed(_cohort(row), row["created_at"]) for row in rows]


async def place_of(tx: Tx, application_id: UUID) -> UUID | None:
    """The cohort in which an application has a place, or waits for one."""
    found: UUID | None = await tx.fetchval(PLACE_OF, application_id)
    return found


async def due(tx: Tx, now: datetime) -> list[UUID]:
    """Cohorts whose time has come, or in which somebody has a place whose application has ended."""
    return [row["cohort_id"] for row in await tx.fetch(DUE, now)]


async def called(tx: Tx, people: Sequence[UUID]) -> Mapping[UUID, Who]:
    """The names of people; erased people are left out."""
    rows = await tx.fetch(PEOPLE_OF, list(people))
    return {row["person_id"]: Who(row["name"], row["email"]) for row in rows}


async def insert(tx: Tx, cohort: Cohort) -> None:
    """Add a new cohort."""
    await tx.save(cohort.cohort_id, INSERT, *_row(cohort), tx.now)


async def save(tx: Tx, before: Cohort, after: Cohort, says: Sequence[Event] = ()) -> None:
    """Save a changed cohort and say the events."""
    await save_all(tx, [(before, after, says)])


async def save_all(tx: Tx, changes: Sequence[tuple[Cohort, Cohort, Sequence[Event]]]) -> None:
    """Save several. The rows are written in the order of their ids, so that two changes cannot wait for each other."""
    changes = [change for change in changes if change[0] != change[1]]
    for _, after, says in sorted(changes, key=lambda change: change[0].cohort_id):
        await tx.save(after.cohort_id, UPDATE, *_row(after), says=says)
    for before, after, _ in changes:
        await _save_sessions(tx, before, after)
        await _save_places(tx, before, after)


async def _save_sessions(tx: Tx, before: Cohort, after: Cohort) -> None:
    known = {one.session_id: one for one in before.sessions}
    for session in after.sessions:
        if known.pop(session.session_id, None) != session:
            fields = (session.starts_at, session.minutes, session.title, session.link)
            whose = (session.session_id, after.cohort_id)
            await tx.note(PUT_SESSION, *whose, *fields, session.sequence, session.cancelled)
    for session_id in known:
        await tx.note(TAKE_SESSION_OUT, session_id, after.cohort_id)


async def _save_places(tx: Tx, before: Cohort, after: Cohort) -> None:
    known = {one.number: one for one in before.places}
    changed = [one for one in after.places if known.get(one.number) != one]
    for place in sorted(changed, key=lambda one: one.state in ACTIVE):
        what = (place.state.value, place.reason, place.since)
        if place.number in known:
            await tx.note(CHANGE_PLACE, after.cohort_id, place.number, *what)
            continue
        whose = (place.application_id, place.person_id)
        if await tx.fetchval(ADD_PLACE, after.cohort_id, place.number, *whose, *what) is None:
            raise another_place()


def _row(cohort: Cohort) -> tuple[object, ...]:
    details = cohort.details
    return (
        cohort.cohort_id,
        cohort.version,
        cohort.state.value,
        details.name,
        details.description,
        list(details.credentials),
        details.capacity,
        [
            {"name": one.name, "person_id": None if one.person_id is None else str(one.person_id)}
            for one in details.facilitators
        ],
        details.time_zone,
        details.joining_opens,
        details.joining_closes,
    )


def _cohort(row: asyncpg.Record) -> Cohort:
    return Cohort(
        cohort_id=row["cohort_id"],
        version=row["version"],
        state=State(row["state"]),
        details=Details(
            name=row["name"],
            description=row["description"],
            credentials=tuple(row["credentials"]),
            capacity=row["capacity"],
            facilitators=tuple(
                Facilitator(one["name"], None if one["person_id"] is None else UUID(one["person_id"]))
                for one in row["facilitators"]
            ),
            time_zone=row["time_zone"],
            joining_opens=row["joining_opens"],
            joining_closes=row["joining_closes"],
        ),
        sessions=tuple(session_from(one) for one in row["sessions"]),
        places=tuple(_place(one) for one in row["places"]),
    )


def session_from(found: Mapping[str, Any]) -> Session:
    """A session as PostgreSQL writes it in JSON."""
    return Session(
        session_id=UUID(found["session_id"]),
        starts_at=datetime.fromisoformat(found["starts_at"]),
        minutes=found["minutes"],
        title=found["title"],
        link=found["link"],
        sequence=found["sequence"],
        cancelled=found["cancelled"],
    )


def _place(found: Mapping[str, Any]) -> Place:
    return Place(
        number=found["number"],
        application_id=UUID(found["application_id"]),
        person_id=UUID(found["person_id"]),
        state=PlaceState(found["state"]),
        since=datetime.fromisoformat(found["since"]),
        reason=found["reason"],
        live=found["live"],
    )
