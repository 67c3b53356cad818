"""Where somebody stands with a case, without the rest of it. Takes no lock."""

from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.events.intake import Material
from services.review.domain.access import Standing
from services.review.domain.cases import State
from services.review.domain.seats import SeatState
from services.review.store.cases import ADDRESSED

_COLUMNS = (
    "cases.case_id, cases.application_id, cases.person_id, cases.state, seats.role"
    " AS seat_role, seats.state AS seat_state"
)
_FROM = f"""
    FROM cases LEFT JOIN seats ON seats.case_id = cases.case_id AND seats.person_id = $2
    WHERE {ADDRESSED} AND cases.opened_at IS NOT NULL
"""

FIND = f"SELECT {_COLUMNS} {_FROM}"


async def find(tx: Tx, address: UUID, person_id: UUID) -> Standing | None:
    """Where this person stands with the case with this id, or of this application; None also for what was withdrawn
    before it was seen."""
    row = await tx.fetchrow(FIND, address, person_id)
    return None if row is None else _standing(row)


HANDED_IN = f"""
    SELECT {_COLUMNS}, cases.submission_number,
        jsonb_path_query_array(cases.materials, '$[*] ? (@.requirement == $wanted)', jsonb_build_object('wanted',
            $3::text)) AS materials
    {_FROM}
"""


async def find_handed_in(
    tx: Tx, address: UUID, person_id: UUID, requirement: str
) -> tuple[Standing, str, tuple[Material, ...]] | None:
    """`find`, with the submission number and what was handed in for a requirement, whoever may see it."""
    row = await tx.fetchrow(HANDED_IN, address, person_id, requirement)
    if row is None:
        return None
    return (
        _standing(row),
        row["submission_number"],
        tuple(Material.model_validate(material) for material in row["materials"]),
    )


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(
        case_id=row["case_id"],
        application_id=row["application_id"],
        applicant_id=row["person_id"],
        state=State(row["state"]),
        seat_role=row["seat_role"],
        seat=None if row["seat_state"] is None else SeatState(row["seat_state"]),
    )
