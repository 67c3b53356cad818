"""SQL of self-assessments. Each one that was given is kept, so that a change over time can be seen."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.applications import Application
from services.intake.domain.assessment import Given
from services.intake.domain.materials import Handed

MOST_KEPT = 200
"""The most assessments of one application that are kept; the latest ones stay."""

# Written only if the application has not changed since this was decided: its version is the guard. The same ratings
# again are no new assessment.
PUT = """
    WITH own AS (
        UPDATE applications SET version = version + 1, ratings = $3, changed_at = $7
        WHERE application_id = $1 AND version = $2
        RETURNING application_id
    ), given AS (
        INSERT INTO assessments (application_id, ratings, at)
        SELECT application_id, $3, $7 FROM own WHERE $3 IS DISTINCT FROM
            (SELECT ratings FROM assessments WHERE application_id = $1 ORDER BY assessment_id DESC LIMIT 1)
    ), forgotten AS (
        DELETE FROM assessments a USING own WHERE a.application_id = own.application_id AND a.assessment_id <=
            (SELECT assessment_id FROM assessments WHERE application_id = $1 ORDER BY assessment_id DESC
                OFFSET $8 LIMIT 1)
    )
    INSERT INTO materials (application_id, requirement, kind, content, items, handed_in_at)
    SELECT application_id, $4, $5, $6, '{}', $7 FROM own
    ON CONFLICT (application_id, requirement, artifact_id)
        DO UPDATE SET content = excluded.content, handed_in_at = excluded.handed_in_at
    RETURNING application_id
"""
LIST = "SELECT ratings, at FROM assessments WHERE application_id = $1 ORDER BY assessment_id DESC LIMIT $2"


async def put(tx: Tx, application: Application, handed: Handed) -> None:
    """Add the application's ratings to those that were given before, and replace the material that shows them."""
    await tx.save(
        application.application_id,
        PUT,
        application.application_id,
        application.version,
        application.ratings,
        handed.requirement,
        handed.kind,
        handed.content.model_dump(),
        handed.handed_in_at,
        MOST_KEPT,
    )


async def list_of(tx: Tx, application_id: UUID) -> Sequence[Given]:
    """All kept assessments of an application, the latest first."""
    rows = await tx.fetch(LIST, application_id, MOST_KEPT)
    return [Given(row["ratings"], row["at"]) for row in rows]
