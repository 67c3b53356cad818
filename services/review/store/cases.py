"""Cases and their seats. Whoever changes either holds the lock of the case's row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.transaction import Tx
from contracts.claims import ObjectClaim
from contracts.events.intake import CarriedItem, Material
from contracts.events.review import ItemResult
from services.review.domain.cases import Case, State
from services.review.domain.credentials import Credential
from services.review.domain.scoring import Rubric
from services.review.domain.seats import Seat, SeatState
from services.review.store.catalog import read_credential


class StaleCase(Exception):
    """The row changed since it was read, though its lock is held: never expected."""


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
    """A case with all that it is judged by. `reasons` of empty seats stay in the seats."""

    case: Case
    credential: Credential
    rubric: Rubric
    materials: tuple[Material, ...]
    decision: Decision | None


FIND = """
    SELECT cases.*, to_jsonb(credentials) AS its_credential, to_jsonb(decisions) AS its_decision,
        (SELECT jsonb_agg(to_jsonb(seats) ORDER BY seats.number) FROM seats WHERE seats.case_id = cases.case_id) AS its_seats
    FROM cases
    JOIN credentials ON credentials.slug = cases.credential AND credentials.version = cases.credential_version
    LEFT JOIN decisions ON decisions.case_id = cases.case_id
    WHERE (cases.case_id = $1 OR cases.application_id = $1) AND cases.opened_at IS NOT NULL
"""


async def find(tx: Tx, address: UUID) -> CaseFile | None:
    """The case with this id, or of this application; None also for what was withdrawn before it was seen. Takes no lock."""
    row = await tx.fetchrow(FIND, address)
    if row is None:
        return None
    credential = read_credential(row["its_credential"])
    return CaseFile(
        case=_case(row, tuple(_seat(seat) for seat in row["its_seats"] or ())),
        credential=credential,
        rubric=credential.rubric(CarriedItem.model_validate(item) for item in row["carried"]),
        materials=tuple(Material.model_validate(material) for material in row["materials"]),
        decision=None if row["its_decision"] is None else _decision(row["its_decision"]),
    )


LOCK = "SELECT * FROM cases WHERE application_id = $1 FOR UPDATE"
SEATS = "SELECT * FROM seats WHERE case_id = ANY($1) ORDER BY case_id, number"


async def lock(tx: Tx, application_id: UUID) -> Case | None:
    """The case of this application as it is now, held until the end of the transaction.

    The seats are read by a statement of their own: one that waited for the lock would see them as they were before.
    """
    row = await tx.lock(application_id, LOCK, application_id)
    if row is None:
        return None
    return _case(row, tuple(_seat(seat) for seat in await tx.fetch(SEATS, [row["case_id"]])))


LOCK_MANY = "SELECT * FROM cases WHERE application_id = ANY($1) ORDER BY application_id FOR UPDATE"
LOCK_FREE = f"{LOCK_MANY} SKIP LOCKED"


async def lock_many(tx: Tx, application_ids: list[UUID], *, only_free: bool = False) -> list[tuple[Case, UUID]]:
    """These cases, held, each with the correlation id of its story; `only_free` leaves out those that somebody else holds."""
    rows = await tx.lock_many(application_ids, LOCK_FREE if only_free else LOCK_MANY, application_ids)
    seats: dict[UUID, list[Seat]] = {row["case_id"]: [] for row in rows}
    for seat in await tx.fetch(SEATS, list(seats)):
        seats[seat["case_id"]].append(_seat(seat))
    return [(_case(row, tuple(seats[row["case_id"]])), row["correlation_id"]) for row in rows]


INSERT = """
    INSERT INTO cases (case_id, application_id, person_id, submission_number, credential, credential_version, attempt, state, reviewers,
        materials, carried, opened_at, due_at, correlation_id, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (application_id) DO NOTHING
    RETURNING case_id
"""


async def insert(tx: Tx, case: Case, materials: tuple[Material, ...] = (), carried: tuple[CarriedItem, ...] = ()) -> bool:
    """Add a case; False when its application has one already (which is then as it was)."""
    row = await tx.lock(
        case.application_id,
        INSERT,
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
    )
    if row is None:
        return False
    await _save_seats(tx, case.case_id, case.seats)
    return True


UPDATE = "UPDATE cases SET state = $3, version = version + 1 WHERE case_id = $1 AND version = $2"


async def save(tx: Tx, before: Case, after: Case) -> None:
    """Write what differs. Raises StaleCase when the row is no longer the one that was read."""
    if after.state != before.state and await tx.execute(UPDATE, after.case_id, before.version, after.state) != "UPDATE 1":
        raise StaleCase(f"case {after.case_id} is no longer at version {before.version}")
    await _save_seats(tx, after.case_id, [seat for seat in after.seats if seat not in before.seats])


UPSERT_SEAT = """
    INSERT INTO seats (case_id, person_id, role, state, levels, notes, reason, number, assigned_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (case_id, person_id) DO UPDATE
    SET state = excluded.state, levels = excluded.levels, notes = excluded.notes, reason = excluded.reason
"""


async def _save_seats(tx: Tx, case_id: UUID, seats: list[Seat] | tuple[Seat, ...]) -> None:
    if seats:
        rows = [
            (case_id, seat.person_id, seat.role, seat.state, dict(seat.levels), _dump(seat.notes), _dump(seat.reason), seat.number, tx.now)
            for seat in seats
        ]
        await tx.executemany(UPSERT_SEAT, rows)


INSERT_DECISION = """
    INSERT INTO decisions (case_id, decision_id, outcome, results, letter, feedback, reasons, decided_by, decided_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_decision(tx: Tx, case_id: UUID, decision: Decision, reasons: ObjectClaim | None, decided_by: UUID) -> None:
    """Keep the decision on a case: there is one only."""
    await tx.execute(
        INSERT_DECISION,
        case_id,
        decision.decision_id,
        decision.outcome,
        [result.model_dump(mode="json") for result in decision.results],
        _dump(decision.letter),
        _dump(decision.feedback),
        _dump(reasons),
        decided_by,
        decision.decided_at,
    )


def _dump(claim: ObjectClaim | None) -> dict[str, Any] | None:
    return None if claim is None else claim.model_dump(mode="json")


def _claim(value: Any) -> ObjectClaim | None:
    return None if value is None else ObjectClaim.model_validate(value)


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
