"""Reads the people who may be assigned, and the cases with empty seats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.review.domain.cases import Case, State
from services.review.domain.conflicts import Party
from services.review.domain.panels import DEFAULT_CAPACITY, Candidate, Vacancy
from services.review.store import cases


@dataclass(frozen=True, slots=True)
class Vacancies:
    """Cases with empty seats. `stories`: application to correlation id. `last`: where the next search begins; None at
    the end."""

    vacancies: list[Vacancy]
    stories: Mapping[UUID, UUID]
    last: tuple[datetime, UUID] | None


HOLD_PICKING = "SELECT pg_advisory_xact_lock(8101001)"


async def hold_picking(tx: Tx) -> None:
    """Lets one transaction at a time choose people. Two could give the same reviewer more cases than their capacity.

    A transaction that holds this may not wait for a case that another transaction can hold (rows of its own, or SKIP
    LOCKED).
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
        (SELECT jsonb_object_agg(role, load) FROM work WHERE work.person_id = people.person_id) AS load
    FROM people LEFT JOIN reviewers ON reviewers.person_id = people.person_id
    WHERE people.roles && '{reviewer,chair}'::text[] AND NOT people.erased
"""
ONE_CANDIDATE = f"{CANDIDATES} AND people.person_id = $1"


async def candidates(tx: Tx) -> list[Candidate]:
    """Everybody who has the role of reviewer or chair."""
    return [_candidate(row) for row in await tx.fetch(CANDIDATES)]


async def candidate(tx: Tx, person_id: UUID) -> Candidate | None:
    """The candidate with this id, or None."""
    row = await tx.fetchrow(ONE_CANDIDATE, person_id)
    return None if row is None else _candidate(row)


_VACANCY = """
    SELECT cases.application_id, cases.case_id, cases.opened_at, people.institution,
        ARRAY(SELECT agreement_version FROM credentials WHERE slug = cases.credential
            AND version = cases.credential_version
            UNION (SELECT agreement_version FROM credentials WHERE slug = cases.credential ORDER BY version DESC LIMIT
                1)) AS agreements
    FROM cases
    JOIN people ON people.person_id = cases.person_id
"""
VACANT = f"""{_VACANCY}
    WHERE NOT people.erased AND cases.state = 'assigning' AND (cases.opened_at, cases.case_id) > ($1, $2)
    ORDER BY cases.opened_at, cases.case_id LIMIT $3
"""
VACANCY_OF = f"{_VACANCY} WHERE cases.case_id = $1"


async def hold_vacancies(tx: Tx, after: tuple[datetime, UUID], limit: int) -> Vacancies:
    """The next cases with empty seats, the oldest first, and the right to choose people for them. The cases are locked;
    those that another transaction has locked are left out."""
    rows = await tx.fetch(VACANT, *after, limit)
    if not rows:
        return Vacancies([], {}, None)
    await hold_picking(tx)
    held = await cases.lock_many(tx, [row["application_id"] for row in rows], only_free=True)
    lacking = {case.application_id: case for case, _ in held if case.state is State.ASSIGNING}
    return Vacancies(
        [_vacancy(row, lacking[row["application_id"]]) for row in rows if row["application_id"] in lacking],
        {case.application_id: story for case, story in held},
        (rows[-1]["opened_at"], rows[-1]["case_id"]),
    )


async def vacancy_of(tx: Tx, case: Case) -> Vacancy:
    """What is needed to choose people for a case. The institution is empty after the applicant's erasure."""
    row = await tx.fetchrow(VACANCY_OF, case.case_id)
    assert row is not None  # a case opens only when its applicant is known
    return _vacancy(row, case)


WORK_LOST = """
    SELECT seats.person_id, cases.application_id
    FROM seats JOIN cases USING (case_id) JOIN people ON people.person_id = seats.person_id
    WHERE seats.person_id = ANY($1) AND seats.state IN ('assigned', 'declared_clear', 'draft')
        AND cases.state IN ('assigning', 'scoring', 'deciding')
        AND (people.erased OR NOT seats.role = ANY(people.roles))
"""


async def work_lost(tx: Tx, person_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """People who have lost a role in which they still have work, each with the application of that case."""
    return [(row["person_id"], row["application_id"]) for row in await tx.fetch(WORK_LOST, person_ids)]


SEATED_WITH = """
    SELECT cases.application_id, seats.person_id, people.institution, reviewers.institution AS own_institution,
        cases.person_id AS applicant_id, applicants.institution AS applicants_institution
    FROM cases
    JOIN seats USING (case_id)
    JOIN people ON people.person_id = seats.person_id
    LEFT JOIN reviewers ON reviewers.person_id = seats.person_id
    JOIN people AS applicants ON applicants.person_id = cases.person_id
    WHERE cases.state IN ('assigning', 'scoring', 'deciding') AND seats.state NOT IN ('conflicted', 'released')
"""
SEATED = f"{SEATED_WITH} AND seats.person_id = ANY($1)"
APPLYING = f"{SEATED_WITH} AND cases.person_id = ANY($1)"
BOTH = f"{SEATED} UNION {APPLYING}"


async def seated_with(tx: Tx, person_ids: Sequence[UUID]) -> list[tuple[UUID, Party, Party]]:
    """Everybody who sits on an undecided case and is, or judges, one of these people: the application, the applicant,
    the judge."""
    return [
        (
            row["application_id"],
            Party(row["applicant_id"], (row["applicants_institution"],)),
            Party(row["person_id"], (row["institution"], row["own_institution"] or "")),
        )
        for row in await tx.fetch(BOTH, person_ids)
    ]


HOLD_PEOPLE = "SELECT person_id FROM people WHERE person_id = ANY($1) ORDER BY person_id FOR SHARE"


async def hold_people(tx: Tx, person_ids: Sequence[UUID]) -> None:
    """Nobody changes what is known of these people until the end of the transaction."""
    await tx.fetch(HOLD_PEOPLE, person_ids)


HOLD_PROFILE = "SELECT person_id FROM people WHERE person_id = $1 FOR NO KEY UPDATE"


async def hold_profile(tx: Tx, person_id: UUID) -> None:
    """Nobody assigns this person by hand until the end of the transaction, which changes their profile."""
    await tx.fetch(HOLD_PROFILE, person_id)


def _vacancy(row: asyncpg.Record, case: Case) -> Vacancy:
    return Vacancy(case, row["institution"], frozenset(row["agreements"]))


def _candidate(row: asyncpg.Record) -> Candidate:
    return Candidate(
        person_id=row["person_id"],
        roles=frozenset(row["roles"]),
        institutions=(row["institution"], row["own_institution"] or ""),
        credentials=frozenset(row["credentials"] or ()),
        agreements=frozenset(row["agreements"]),
        capacity=DEFAULT_CAPACITY if row["capacity"] is None else row["capacity"],
        load=row["load"] or {},
    )
