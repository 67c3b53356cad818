"""SQL about each self-assessment that was given, so that a change over time can be seen."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.assessment import Given

MOST_KEPT = 200
"""Of so many assessments of one application the latest are kept."""

# The same ratings again are no new assessment.
ADD = """
    INSERT INTO assessments (application_id, ratings, at)
    SELECT $1, $2::jsonb, $3 WHERE $2::jsonb IS DISTINCT FROM
        (SELECT ratings FROM assessments WHERE application_id = $1 ORDER BY assessment_id DESC LIMIT 1)
"""
FORGET = """
    DELETE FROM assessments WHERE application_id = $1 AND assessment_id <=
        (SELECT assessment_id FROM assessments WHERE application_id = $1 ORDER BY assessment_id DESC OFFSET $2 LIMIT 1)
"""
LIST = "SELECT ratings, at FROM assessments WHERE application_id = $1 ORDER BY assessment_id DESC LIMIT $2"


async def add(tx: Tx, application_id: UUID, ratings: Mapping[str, int]) -> None:
    """Keep an assessment beside the earlier ones. Save the application first."""
    await tx.note(ADD, application_id, ratings, tx.now)
    await tx.note(FORGET, application_id, MOST_KEPT)


async def list_of(tx: Tx, application_id: UUID) -> Sequence[Given]:
    """All that are kept of an application, the latest first."""
    rows = await tx.fetch(LIST, application_id, MOST_KEPT)
    return [Given(row["ratings"], row["at"]) for row in rows]
