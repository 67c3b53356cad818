"""Reads and writes materials that come to a case after its submission."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.events.applications import Material
from services.review.domain.cases import Case


@dataclass(frozen=True, slots=True)
class Supplement:
    """A material came after the submission, with the time. `late`: the case was decided before."""

    requirement: str
    artifact_id: UUID | None
    at: datetime
    late: bool


# A material that comes twice is added once.
ADD = """
    UPDATE cases SET version = version + 1,
        materials = CASE WHEN supplements @> $5 THEN materials ELSE materials || $3::jsonb END,
        supplements = CASE WHEN supplements @> $5 THEN supplements ELSE supplements || $4::jsonb END
    WHERE case_id = $1 AND version = $2
    RETURNING case_id
"""


async def add(tx: Tx, case: Case, material: Material, at: datetime, late: bool) -> None:
    """Add a material to a case. One that is there already stays as it is."""
    known: dict[str, Any] = {
        "requirement": material.requirement,
        "artifact_id": None if material.artifact_id is None else str(material.artifact_id),
    }
    said = {**known, "at": at.isoformat(), "late": late}
    dumped = material.model_dump(mode="json")
    await tx.save(case.application_id, ADD, case.case_id, case.version, [dumped], [said], [known])


def supplements_of(found: list[dict[str, Any]]) -> tuple[Supplement, ...]:
    """The materials that came after the submission, as PostgreSQL gives them."""
    return tuple(
        Supplement(
            one["requirement"],
            None if one["artifact_id"] is None else UUID(one["artifact_id"]),
            datetime.fromisoformat(one["at"]),
            one["late"],
        )
        for one in found
    )
