"""Cases and their seats. Whoever changes either holds the lock of the case's row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Overtaken, Tx
from contracts.catalog import Level
from contracts.claims import ObjectClaim
from contracts.events.intake import CarriedItem, Material
from contracts.events.review import ItemResult
from services.review.domain.cases import Case, State
from services.review.domain.scoring import Rubric, rubric_of
from services.review.domain.seats import Seat, SeatState


class StaleCase(Overtaken):
    """The row changed since it was read: not expected where its lock is held."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; the texts are claims."""

    decision_id: UUID
    outcome: str
    results: tuple[ItemResult, ...]
    letter: ObjectClaim
    feedback: ObjectClaim
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that it is judged by. `requirements`: key to name."""

    case: Case
    requirements: Mapping[str, str]
    rubric: Rubric
    materials: tuple[Material, ...]
    decision: Decision | None


_SEATS = (
    "(SELECT json_agg(row_to_json(seats) ORDER BY seats.number) FROM seats WHERE"
    " seats.case_id = cases.case_id) AS its_seats"
)
ADDRESSED = "cases.case_id = coalesce((SELECT asked.case_id FROM cases AS asked WHERE asked.application_id = $1), $1)"
"""The case with this id, or of this application. An OR of the two costs half as much again."""

FIND = f"""
    SELECT cases.*, credentials.items, credentials.levels, credentials.requirements,
        row_to_json(decisions) AS its_decision, {_SEATS}
    FROM cases
    JOIN credentials ON credentials.slug = cases.credential AND credentials.version = cases.credential_version
    LEFT JOIN decisions ON decisions.case_id = cases.case_id
    WHERE {ADDRESSED} AND cases.opened_at IS NOT NULL
"""


async def find(tx: Tx, address: UUID) -> CaseFile | None:
    """The case with this id, or of this application; None also for what was withdrawn before it was seen. Takes no
    lock."""
    row = await tx.fetchrow(FIND, address)
    if row is None:
        return None
    return CaseFile(
        case=_case(row, _seats(row)),
        requirements=dict(row["requirements"]),
        rubric=_rubric(row),
        materials=tuple(Material.model_validate(material) for material in row["materials"]),
        decision=None if row["its_decision"] is None else _decision(row["its_decision"]),
    )


READ = f"""
    SELECT cases.case_id, cases.application_id, cases.person_id, cases.submission_number, cases.credential,
        cases.credential_version,
        cases.attempt, cases.state, cases.reviewers, cases.opened_at, cases.due_at, cases.version, cases.told,
            cases.carried,
        credentials.items, credentials.levels, {_SEATS},
        (SELECT seen.version FROM cases AS seen WHERE seen.case_id = cases.case_id) AS version_of_seats
    FROM cases
    LEFT JOIN credentials ON credentials.slug = cases.credential AND credentials.version = cases.credential_version
    WHERE {ADDRESSED}
"""
LOCK = f"{READ} FOR UPDATE OF cases"


async def lock(tx: Tx, address: UUID, application_id: UUID | None = None) -> tuple[Case, Rubric] | None:
    """The case with this id, or of this application, as it is now, held until the end of the transaction.

    Something can be said about the case only if the address is its application, or the application is given too. A
    statement that waited for the lock has the row as it is now and the seats as they were before; every save counts
    `version`, so that shows, and it is asked again. In `database.single()` it is read and not held: `save` tells
    whether it still is so.
    """
    if tx.single:
        row = await tx.fetchrow(READ, address)
    else:
        row = await tx.lock(application_id or address, LOCK, address)
        if row is not None and row["version"] != row["version_of_seats"]:
            row = await tx.lock(application_id or address, LOCK, address)
    return None if row is None else (_case(row, _seats(row)), _rubric(row))


LOCK_MANY = "SELECT * FROM cases WHERE application_id = ANY($1) ORDER BY application_id FOR UPDATE"
LOCK_FREE = f"{LOCK_MANY} SKIP LOCKED"
SEATS = "SELECT * FROM seats WHERE case_id = ANY($1) ORDER BY case_id, number"


async def lock_many(tx: Tx, application_ids: list[UUID], *, only_free: bool = False) -> list[tuple[Case, UUID]]:
    """These cases, held, each with the correlation id of its story; `only_free` leaves out those that somebody else
    holds."""
    rows = await tx.lock_many(application_ids, LOCK_FREE if only_free else LOCK_MANY, application_ids)
    seats: dict[UUID, list[Seat]] = {row["case_id"]: [] for row in rows}
    for seat in await tx.fetch(SEATS, list(seats)):
        seats[seat["case_id"]].append(_seat(seat))
    return [(_case(row, tuple(seats[row["case_id"]])), row["correlation_id"]) for row in rows]


_SAVE_SEATS = """
    INSERT INTO seats (case_id, person_id, role, state, levels, notes, reason, number, assigned_at)
    SELECT written.case_id, s.person_id, s.role, s.state, s.levels, s.notes, s.reason, s.number, $2::timestamptz
    FROM written, jsonb_to_recordset($1)
        AS s (person_id uuid, role text, state text, levels jsonb, notes jsonb, reason jsonb, number integer)
    ON CONFLICT (case_id, person_id) DO UPDATE
    SET state = excluded.state, levels = excluded.levels, notes = excluded.notes, reason = excluded.reason
"""

INSERT = f"""
    WITH written AS (
        INSERT INTO cases (case_id, application_id, person_id, submission_number, credential, credential_version,
            attempt, state, reviewers,
            materials, carried, opened_at, due_at, correlation_id, version, told)
        VALUES ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (application_id) DO NOTHING
        RETURNING case_id
    ), seated AS ({_SAVE_SEATS})
    SELECT case_id FROM written
"""


async def insert(
    tx: Tx, case: Case, materials: tuple[Material, ...] = (), carried: tuple[CarriedItem, ...] = ()
) -> bool:
    """Add a case; False when its application has one already (which is then as it was)."""
    row = await tx.lock(
        case.application_id,
        INSERT,
        [_dump_seat(seat) for seat in case.seats],
        tx.now,
        case.case_id,
        case.application_id,
        case.person_id,
        case.submission_number,
        case.credential,
        case.credential_version,
        case.attempt,
        case.state,
        case.reviewers,
        [material.model_dump(mode="json") for material in materials],
        [item.model_dump(mode="json") for item in carried],
        case.opened_at,
        case.due_at,
        tx.correlation_id,
        case.version,
        case.told,
    )
    return row is not None


_SAVE = f"""
    WITH written AS (
        UPDATE cases SET state = $5, told = $6, version = version + 1 WHERE case_id = $3 AND version = $4
        RETURNING case_id
    ), seated AS ({_SAVE_SEATS})
"""
SAVE = f"{_SAVE} SELECT EXISTS (SELECT FROM cases WHERE state = 'assigning') AS any_vacant FROM written"


async def save(tx: Tx, before: Case, after: Case) -> bool:
    """Write what differs; returns whether some case lacked somebody just before. Raises StaleCase when the row is no
    longer the one that was read."""
    if after == before:
        return False
    row = await tx.fetchrow(SAVE, *_changes(tx, before, after))
    return bool(_written(row, before)["any_vacant"])


SAVE_DECIDED = f"""{_SAVE}
    INSERT INTO decisions (case_id, decision_id, outcome, results, letter, feedback, reasons, decided_by, decided_at)
    SELECT case_id, $7, $8, $9, $10, $11, $12, $13, $14 FROM written
    RETURNING case_id
"""


async def save_decided(
    tx: Tx, before: Case, after: Case, decision: Decision, reasons: ObjectClaim | None, decided_by: UUID
) -> None:
    """`save` with the decision on the case: there is one only."""
    row = await tx.fetchrow(
        SAVE_DECIDED,
        *_changes(tx, before, after),
        decision.decision_id,
        decision.outcome,
        [result.model_dump(mode="json") for result in decision.results],
        _dump(decision.letter),
        _dump(decision.feedback),
        _dump(reasons),
        decided_by,
        decision.decided_at,
    )
    _written(row, before)


def _changes(tx: Tx, before: Case, after: Case) -> tuple[object, ...]:
    changed = [_dump_seat(seat) for seat in after.seats if seat not in before.seats]
    return changed, tx.now, after.case_id, before.version, after.state, after.told


def _written(row: asyncpg.Record | None, before: Case) -> asyncpg.Record:
    if row is None:
        raise StaleCase(f"case {before.case_id} is no longer at version {before.version}")
    return row


def _dump(claim: ObjectClaim | None) -> dict[str, Any] | None:
    return None if claim is None else claim.model_dump(mode="json")


def _dump_seat(seat: Seat) -> dict[str, Any]:
    return {
        "person_id": seat.person_id,
        "role": seat.role,
        "state": seat.state,
        "levels": dict(seat.levels),
        "notes": _dump(seat.notes),
        "reason": _dump(seat.reason),
        "number": seat.number,
    }


def _claim(value: Any) -> ObjectClaim | None:
    return None if value is None else ObjectClaim.model_validate(value)


def _rubric(row: asyncpg.Record) -> Rubric:
    """Nothing to judge by while the credential is not known, as may be with what was withdrawn unseen."""
    if row["items"] is None:
        return Rubric({}, (), {})
    levels = tuple(Level.model_validate(level) for level in row["levels"])
    return rubric_of(dict(row["items"]), levels, {item["item"]: item["level"] for item in row["carried"]})


def _seats(row: asyncpg.Record) -> tuple[Seat, ...]:
    return tuple(_seat(seat) for seat in row["its_seats"] or ())


def _case(row: asyncpg.Record, seats: tuple[Seat, ...]) -> Case:
    return Case(
        case_id=row["case_id"],
        application_id=row["application_id"],
        person_id=row["person_id"],
        submission_number=row["submission_number"],
        credential=row["credential"],
        credential_version=row["credential_version"],
        attempt=row["attempt"],
        state=State(row["state"]),
        reviewers=row["reviewers"],
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        seats=seats,
        version=row["version"],
        told=tuple(row["told"]),
    )


def _seat(row: Mapping[str, Any] | asyncpg.Record) -> Seat:
    person_id = row["person_id"]
    return Seat(
        person_id=person_id if isinstance(person_id, UUID) else UUID(person_id),
        role=row["role"],
        state=SeatState(row["state"]),
        levels=row["levels"],
        notes=_claim(row["notes"]),
        reason=_claim(row["reason"]),
        number=row["number"],
    )


def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        decision_id=UUID(row["decision_id"]),
        outcome=row["outcome"],
        results=tuple(ItemResult.model_validate(result) for result in row["results"]),
        letter=ObjectClaim.model_validate(row["letter"]),
        feedback=ObjectClaim.model_validate(row["feedback"]),
        decided_at=datetime.fromisoformat(row["decided_at"]).astimezone(UTC),
    )
