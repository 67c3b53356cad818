"""Cases with their seats, loaded to be changed. A change of a seat counts up the version of its case."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.catalog import Level
from contracts.event import Event
from contracts.events.applications import CarriedItem, Material
from services.review.domain.cases import Case, State
from services.review.domain.scores import Rubric, rubric_of
from services.review.domain.seats import Seat
from services.review.store import seats


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case to be changed, with what it is judged by. `others_wait`: whether some case has an empty seat."""

    case: Case
    rubric: Rubric
    others_wait: bool


ADDRESSED = "cases.case_id = coalesce((SELECT asked.case_id FROM cases AS asked WHERE asked.application_id = $1), $1)"
"""The case with this id, or of this application. An OR of the two would cost half as much again."""

LOAD = f"""
    SELECT cases.case_id, cases.application_id, cases.person_id, cases.submission_number, cases.credential,
        cases.credential_version, cases.attempt, cases.state, cases.panel, cases.opened_at, cases.due_at,
        cases.version, cases.told, cases.carried, credentials.items, credentials.levels, {seats.AS_JSON},
        EXISTS (SELECT FROM cases AS other WHERE other.state = 'assigning') AS others_wait,
        (SELECT seen.version FROM cases AS seen WHERE seen.case_id = cases.case_id) AS version_as_read
    FROM cases
    LEFT JOIN credentials ON credentials.slug = cases.credential AND credentials.version = cases.credential_version
    WHERE {ADDRESSED}
"""


async def load(tx: Tx, address: UUID) -> Loaded | None:
    """The case with this id, or of this application, or None."""
    row = await tx.load(address, LOAD, address, lock="cases")
    return None if row is None else Loaded(case_of(row, seats.seats_of(row)), rubric_in(row), row["others_wait"])


LOCK_MANY = "SELECT * FROM cases WHERE application_id = ANY($1) ORDER BY application_id FOR NO KEY UPDATE"
LOCK_FREE = f"{LOCK_MANY} SKIP LOCKED"
SEATS = "SELECT * FROM seats WHERE case_id = ANY($1) ORDER BY case_id, number"


async def lock_many(tx: Tx, application_ids: list[UUID], *, only_free: bool = False) -> list[tuple[Case, UUID]]:
    """These cases, locked, each with its correlation id. `only_free` leaves out those that another transaction has
    locked."""
    rows = await tx.lock_many(application_ids, LOCK_FREE if only_free else LOCK_MANY, application_ids)
    sitting: dict[UUID, list[Seat]] = {row["case_id"]: [] for row in rows}
    for seat in await tx.fetch(SEATS, list(sitting)):
        sitting[seat["case_id"]].append(seats.seat_of(seat))
    return [(case_of(row, tuple(sitting[row["case_id"]])), row["correlation_id"]) for row in rows]


ADD = f"""
    WITH written AS (
        INSERT INTO cases (case_id, application_id, person_id, submission_number, credential, credential_version,
            attempt, state, panel, materials, carried, opened_at, due_at, correlation_id, version, told)
        VALUES ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (application_id) DO NOTHING
        RETURNING case_id
    ), seated AS ({seats.WRITE})
    SELECT case_id FROM written
"""


async def add(
    tx: Tx,
    case: Case,
    materials: tuple[Material, ...] = (),
    carried: tuple[CarriedItem, ...] = (),
    *,
    says: Sequence[Event] = (),
) -> None:
    """Add a case and say the events. If its application has a case already, nothing is done."""
    row = await tx.lock(
        case.application_id,
        ADD,
        seats.dumped(case.seats),
        tx.now,
        case.case_id,
        case.application_id,
        case.person_id,
        case.submission_number,
        case.credential,
        case.credential_version,
        case.attempt,
        case.state,
        case.panel,
        [material.model_dump(mode="json") for material in materials],
        [item.model_dump(mode="json") for item in carried],
        case.opened_at,
        case.due_at,
        tx.correlation_id,
        case.version,
        case.told,
    )
    for event in says if row is not None else ():
        await tx.emit(event)


WRITE = f"""
    WITH written AS (
        UPDATE cases SET state = $5, told = $6, version = version + 1 WHERE case_id = $3 AND version = $4
        RETURNING case_id
    ), seated AS ({seats.WRITE})
"""
"""The beginning of a statement that writes a case if it has not changed since it was loaded. Its parameters:
`changes`."""
SAVE = f"{WRITE} SELECT case_id FROM written"


async def save(tx: Tx, before: Case, after: Case, *, says: Sequence[Event] = ()) -> None:
    """Write what differs, and say the events."""
    if after != before:
        await tx.save(after.application_id, SAVE, *changes(tx, before, after), says=says)


AMEND = """
    UPDATE cases SET version = version + 1, amended = amended || jsonb_build_object($3::text, $5::text),
        materials = (SELECT coalesce(jsonb_agg(material), '[]') FROM jsonb_array_elements(materials) AS material
            WHERE material ->> 'requirement' <> $3) || $4::jsonb
    WHERE case_id = $1 AND version = $2
    RETURNING case_id
"""


async def amend(tx: Tx, case: Case, requirement: str, materials: Sequence[Material]) -> None:
    """Replace what was handed in for a requirement, with the time."""
    new = [material.model_dump(mode="json") for material in materials]
    at = tx.happened.isoformat()
    await tx.save(case.application_id, AMEND, case.case_id, case.version, requirement, new, at)


def changes(tx: Tx, before: Case, after: Case) -> tuple[object, ...]:
    """The parameters of `WRITE`."""
    changed = [seat for seat in after.seats if seat not in before.seats]
    return seats.dumped(changed), tx.now, after.case_id, before.version, after.state, after.told


def rubric_in(row: asyncpg.Record) -> Rubric:
    """The rubric is empty while the credential is not known, which may be so for a case that was withdrawn before its
    submission was heard."""
    if row["items"] is None:
        return Rubric({}, (), {})
    levels = tuple(Level.model_validate(level) for level in row["levels"])
    return rubric_of(dict(row["items"]), levels, {item["item"]: item["level"] for item in row["carried"]})


def case_of(row: asyncpg.Record, its_seats: tuple[Seat, ...]) -> Case:
    """A row of `cases`."""
    return Case(
        case_id=row["case_id"],
        application_id=row["application_id"],
        person_id=row["person_id"],
        submission_number=row["submission_number"],
        credential=row["credential"],
        credential_version=row["credential_version"],
        attempt=row["attempt"],
        state=State(row["state"]),
        panel=tuple(row["panel"]),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        seats=its_seats,
        version=row["version"],
        told=tuple(row["told"]),
    )
