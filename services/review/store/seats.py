"""The seats of a case, read and written with it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from contracts.claims import ObjectClaim
from services.review.domain.seats import Seat, SeatState

AS_JSON = (
    "(SELECT json_agg(row_to_json(seats) ORDER BY seats.number) FROM seats WHERE"
    " seats.case_id = cases.case_id) AS its_seats"
)
"""A column of a query of `cases`."""

WRITE = """
    INSERT INTO seats (case_id, person_id, role, state, levels, notes, reason, number, conflict, assigned_at)
    SELECT written.case_id, s.person_id, s.role, s.state, s.levels, s.notes, s.reason, s.number, s.conflict,
        $2::timestamptz
    FROM written, jsonb_to_recordset($1)
        AS s (person_id uuid, role text, state text, levels jsonb, notes jsonb, reason jsonb, number integer,
            conflict text)
    ON CONFLICT (case_id, person_id) DO UPDATE
    SET state = excluded.state, levels = excluded.levels, notes = excluded.notes, reason = excluded.reason,
        conflict = excluded.conflict
"""
"""A part of the statement that writes a case, which is `written` in it. $1: `dumped`, $2: the time."""


def dumped(seats: Iterable[Seat]) -> list[dict[str, Any]]:
    """Seats for `WRITE`."""
    return [
        {
            "person_id": seat.person_id,
            "role": seat.role,
            "state": seat.state,
            "levels": dict(seat.levels),
            "notes": dump_claim(seat.notes),
            "reason": dump_claim(seat.reason),
            "number": seat.number,
            "conflict": seat.conflict,
        }
        for seat in seats
    ]


def seats_of(row: asyncpg.Record) -> tuple[Seat, ...]:
    """The seats in a row with `AS_JSON`."""
    return tuple(seat_of(seat) for seat in row["its_seats"] or ())


def seat_of(row: Mapping[str, Any] | asyncpg.Record) -> Seat:
    """A row of `seats`, or its JSON."""
    person_id = row["person_id"]
    return Seat(
        person_id=person_id if isinstance(person_id, UUID) else UUID(person_id),
        role=row["role"],
        state=SeatState(row["state"]),
        levels=row["levels"],
        notes=claim_of(row["notes"]),
        reason=claim_of(row["reason"]),
        number=row["number"],
        conflict=row["conflict"],
    )


def dump_claim(claim: ObjectClaim | None) -> dict[str, Any] | None:
    """A claim for a column."""
    return None if claim is None else claim.model_dump(mode="json")


def claim_of(value: Any) -> ObjectClaim | None:
    """The claim in a column."""
    return None if value is None else ObjectClaim.model_validate(value)
