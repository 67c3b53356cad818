"""Who may be asked to judge, and the cases that lack somebody."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.review.domain import seats
from services.review.domain.panels import DEFAULT_CAPACITY, Candidate

HOLD_PICKING = "SELECT pg_advisory_xact_lock(8101001)"


async def hold_picking(tx: Tx) -> None:
    """One transaction at a time picks people, or two would give the same reviewer more than there is room for.

    Whoever holds this may wait for no case that another transaction can hold (rows of its own, or SKIP LOCKED).
    """
    await tx.execute(HOLD_PICKING)


CANDIDATES = """
    WITH work AS (
        SELECT seats.person_id, seats.role, count(*) AS load FROM seats JOIN cases USING (case_id)
        WHERE seats.state IN ('assigned', 'declared_clear', 'draft') AND cases.state IN ('assigning', 'scoring',
            'deciding')
        GROUP BY seats.person_id, seats.role
    )
    SELECT people.person_id, people.roles, people.institution, reviewers.institution AS own_institution,
        reviewers.credentials, reviewers.capacity,
        ARRAY(SELECT version FROM reviewer_agreements WHERE reviewer_agreements.person_id = people.person_id) AS
            agreements,
        (SELECT load FROM work WHERE work.person_id = people.person_id AND work.role = 'reviewer') AS reviewer_load,
        (SELECT load FROM work WHERE work.person_id = people.person_id AND work.role = 'chair') AS chair_load
    FROM people LEFT JOIN reviewers ON reviewers.person_id = people.person_id
    WHERE people.roles && '{reviewer,chair}'::text[] AND NOT people.erased
"""
ONE_CANDIDATE = f"{CANDIDATES} AND people.person_id = $1"


async def candidates(tx: Tx) -> list[Candidate]:
    """Everybody who has the role of reviewer or chair."""
    return [_candidate(row) for row in await tx.fetch(CANDIDATES)]


async def candidate(tx: Tx, person_id: UUID) -> Candidate | None:
    """One of them, or None."""
    row = await tx.fetchrow(ONE_CANDIDATE, person_id)
    return None if row is None else _candidate(row)


VACANT = """
    SELECT cases.application_id, cases.case_id, cases.opened_at, people.institution,
        ARRAY(SELECT agreement_version FROM credentials WHERE slug = cases.credential
            AND version = cases.credential_version
            UNION (SELECT agreement_version FROM credentials WHERE slug = cases.credential ORDER BY version DESC LIMIT
                1)) AS agreements
    FROM cases
    JOIN people ON people.person_id = cases.person_id AND NOT people.erased
    WHERE cases.state = 'assigning' AND (cases.opened_at, cases.case_id) > ($1, $2)
    ORDER BY cases.opened_at, cases.case_id LIMIT $3
"""


async def vacant(tx: Tx, after: tuple[datetime, UUID], limit: int) -> list[asyncpg.Record]:
    """The next cases that lack somebody, oldest first: ids, and the institution and agreements that choosing needs.
    Takes no lock."""
    return await tx.fetch(VACANT, *after, limit)


INSTITUTION = (
    "SELECT people.institution FROM cases JOIN people ON people.person_id = cases.person_id WHERE cases.case_id = $1"
)


async def institution(tx: Tx, case_id: UUID) -> str:
    """The applicant's institution as intake tells it now; empty once they are erased."""
    return str(await tx.fetchval(INSTITUTION, case_id))


WORK_LOST = """
    SELECT seats.person_id, cases.application_id
    FROM seats JOIN cases USING (case_id) JOIN people ON people.person_id = seats.person_id
    WHERE seats.person_id = ANY($1) AND seats.state IN ('assigned', 'declared_clear', 'draft')
        AND cases.state IN ('assigning', 'scoring', 'deciding')
        AND (people.erased OR NOT seats.role = ANY(people.roles))
"""


async def work_lost(tx: Tx, person_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Of these people, each with the application in whose case they have something to do for which they no longer have
    the role."""
    return [(row["person_id"], row["application_id"]) for row in await tx.fetch(WORK_LOST, person_ids)]


def _candidate(row: asyncpg.Record) -> Candidate:
    return Candidate(
        person_id=row["person_id"],
        roles=frozenset(row["roles"]),
        institutions=(row["institution"], row["own_institution"] or ""),
        credentials=frozenset(row["credentials"] or ()),
        agreements=frozenset(row["agreements"]),
        capacity=DEFAULT_CAPACITY if row["capacity"] is None else row["capacity"],
        load={seats.REVIEWER: row["reviewer_load"] or 0, seats.CHAIR: row["chair_load"] or 0},
    )
