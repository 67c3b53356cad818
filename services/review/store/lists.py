"""Lists of cases, one page at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx

BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
"""Comes before the first row of every list in this file. The lists are sorted by a time, then by a case's id."""

QUEUE = """
    SELECT cases.case_id, cases.submission_number, cases.credential, cases.state, cases.due_at, seats.role,
        seats.state AS seat_state
    FROM cases JOIN seats ON seats.case_id = cases.case_id AND seats.person_id = $1
    WHERE cases.state IN ('assigning', 'scoring', 'deciding') AND ($6::text IS NULL OR cases.state = $6)
        AND seats.state NOT IN ('conflicted', 'released')
        AND seats.role = ANY($2)
        AND (cases.due_at, cases.case_id) > ($3, $4)
    ORDER BY cases.due_at, cases.case_id LIMIT $5
"""


async def queue(
    tx: Tx,
    person_id: UUID,
    roles: Sequence[str],
    after: tuple[datetime, UUID],
    limit: int,
    state: str | None = None,
) -> list[asyncpg.Record]:
    """The undecided cases (in this state, if one is given) in which this person has one of these roles, by due date."""
    return await tx.fetch(QUEUE, person_id, list(roles), *after, limit, state)


OVERSEEN = """
    SELECT cases.case_id, cases.application_id, cases.submission_number, cases.credential, cases.credential_version,
        cases.state,
        cases.opened_at, cases.due_at,
        cases.panel, EXISTS (SELECT FROM seats WHERE seats.case_id = cases.case_id
            AND seats.person_id = $1) AS chairs,
        ARRAY(SELECT role FROM seats WHERE seats.case_id = cases.case_id AND seats.state NOT IN ('conflicted',
            'released')) AS sitting
    FROM cases
    WHERE cases.opened_at IS NOT NULL AND ($2::text IS NULL OR cases.state = $2) AND cases.person_id <> $1
        AND NOT EXISTS (
            SELECT FROM seats WHERE seats.case_id = cases.case_id AND seats.person_id = $1
                AND (seats.role = 'reviewer' OR seats.state IN ('conflicted', 'released'))
        )
        AND (cases.opened_at, cases.case_id) > ($3, $4)
    ORDER BY cases.opened_at, cases.case_id LIMIT $5
"""


async def overseen(
    tx: Tx, person_id: UUID, state: str | None, after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Cases for chairs and staff, the oldest first. It leaves out their own application and cases that they review or
    have left."""
    return await tx.fetch(OVERSEEN, person_id, state, *after, limit)
