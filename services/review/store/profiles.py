"""What reviewers say of themselves."""

from datetime import UTC, datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.review.domain.panels import DEFAULT_CAPACITY
from services.review.domain.profiles import Profile

FIND = """
    SELECT people.institution AS known_institution, reviewers.*,
        (SELECT jsonb_object_agg(version, accepted_at) FROM reviewer_agreements WHERE reviewer_agreements.person_id =
            people.person_id) AS accepted
    FROM people LEFT JOIN reviewers ON reviewers.person_id = people.person_id
    WHERE people.person_id = $1
"""


async def find(tx: Tx, person_id: UUID) -> Profile:
    """The reviewer's profile. Before they save one it has no credentials, the usual capacity, and the institution that
    intake knows."""
    row = await tx.fetchrow(FIND, person_id)
    if row is None or row["person_id"] is None:
        return Profile(person_id, (), DEFAULT_CAPACITY, "" if row is None else row["known_institution"], {})
    accepted = {version: datetime.fromisoformat(at).astimezone(UTC) for version, at in (row["accepted"] or {}).items()}
    return Profile(person_id, tuple(row["credentials"]), row["capacity"], row["institution"], accepted)


SAVE = """
    WITH taken_back AS (
        DELETE FROM reviewer_agreements WHERE person_id = $1 AND version = $5 AND NOT $6
    ), signed AS (
        INSERT INTO reviewer_agreements (person_id, version, accepted_at)
        SELECT $1, $5::text, $7::timestamptz WHERE $6::boolean
        ON CONFLICT DO NOTHING
    )
    INSERT INTO reviewers (person_id, credentials, capacity, institution) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id) DO UPDATE
    SET credentials = excluded.credentials, capacity = excluded.capacity, institution = excluded.institution
"""


async def save(tx: Tx, profile: Profile, agreement: tuple[str, bool] | None) -> None:
    """Replace the profile. `agreement`: a version that is signed, or whose signature is taken back. The time of the
    first signing stays."""
    version, accepted = agreement or (None, False)
    fields = profile.person_id, list(profile.credentials), profile.capacity, profile.institution
    await tx.note(SAVE, *fields, version, accepted, tx.now)
