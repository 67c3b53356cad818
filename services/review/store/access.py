"""Reads cases for people who have some relation to them. Takes no lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.events.applications import Material
from services.review.domain.access import Relation
from services.review.domain.cases import Case, State
from services.review.domain.decisions import Decision
from services.review.domain.scores import Rubric
from services.review.domain.seats import SeatState
from services.review.store import decisions, seats
from services.review.store.cases import ADDRESSED, case_of, rubric_in
from services.review.store.supplements import Supplement, supplements_of


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with everything that it is judged by. `requirements`: key to name. `decisions`: in their order. `amended`:
    when a requirement was handed in anew."""

    case: Case
    requirements: Mapping[str, str]
    rubric: Rubric
    materials: tuple[Material, ...]
    supplements: tuple[Supplement, ...]
    decisions: tuple[Decision, ...]
    amended: Mapping[str, datetime]

    @property
    def decision(self) -> Decision | None:
        """The decision that is valid: the last one."""
        return self.decisions[-1] if self.decisions else None


FIND_FILE = f"""
    SELECT cases.*, credentials.items, credentials.levels, credentials.requirements, {decisions.AS_JSON},
        {seats.AS_JSON}
    FROM cases
    JOIN credentials ON credentials.slug = cases.credential AND credentials.version = cases.credential_version
    WHERE {ADDRESSED} AND cases.opened_at IS NOT NULL
"""


async def find_file(tx: Tx, address: UUID) -> CaseFile | None:
    """The case with this id, or of this application. None also for a case that was withdrawn before its submission was
    heard."""
    row = await tx.fetchrow(FIND_FILE, address)
    if row is None:
        return None
    return CaseFile(
        case=case_of(row, seats.seats_of(row)),
        requirements=dict(row["requirements"]),
        rubric=rubric_in(row),
        materials=tuple(Material.model_validate(material) for material in row["materials"]),
        supplements=supplements_of(row["supplements"]),
        decisions=tuple(decisions.decision_of(one) for one in row["its_decisions"] or ()),
        amended={key: datetime.fromisoformat(at) for key, at in row["amended"].items()},
    )


_COLUMNS = (
    "cases.case_id, cases.application_id, cases.person_id, cases.state, seats.role"
    " AS seat_role, seats.state AS seat_state"
)
_FROM = f"""
    FROM cases LEFT JOIN seats ON seats.case_id = cases.case_id AND seats.person_id = $2
    WHERE {ADDRESSED} AND cases.opened_at IS NOT NULL
"""

FIND_RELATION = f"SELECT {_COLUMNS} {_FROM}"


async def find_relation(tx: Tx, address: UUID, person_id: UUID) -> Relation | None:
    """This person's relation to the case with this id, or of this application. None also for a case that was withdrawn
    before its submission was heard."""
    row = await tx.fetchrow(FIND_RELATION, address, person_id)
    return None if row is None else _relation(row)


HANDED_IN = f"""
    SELECT {_COLUMNS}, cases.submission_number,
        jsonb_path_query_array(cases.materials, '$[*] ? (@.requirement == $wanted)', jsonb_build_object('wanted',
            $3::text)) AS materials
    {_FROM}
"""


async def find_handed_in(
    tx: Tx, address: UUID, person_id: UUID, requirement: str
) -> tuple[Relation, str, tuple[Material, ...]] | None:
    """Like `find_relation`, with the submission number and what was handed in for a requirement. It does not check
    whether the person may see it."""
    row = await tx.fetchrow(HANDED_IN, address, person_id, requirement)
    if row is None:
        return None
    return (
        _relation(row),
        row["submission_number"],
        tuple(Material.model_validate(material) for material in row["materials"]),
    )


def _relation(row: asyncpg.Record) -> Relation:
    return Relation(
        case_id=row["case_id"],
        application_id=row["application_id"],
        applicant_id=row["person_id"],
        state=State(row["state"]),
        seat_role=row["seat_role"],
        seat=None if row["seat_state"] is None else SeatState(row["seat_state"]),
    )
