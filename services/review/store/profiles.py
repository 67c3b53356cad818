"""What reviewers say of themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.review.domain.credentials import Profile
from services.review.domain.panels import DEFAULT_CAPACITY

FIND = """
    SELECT people.institution AS known_institution, reviewers.*,
        (SELECT jsonb_object_agg(version, accepted_at) FROM reviewer_agreements WHERE reviewer_agreements.person_id =
            people.person_id) AS accepted
    FROM people LEFT JOIN reviewers ON reviewers.person_id = people.person_id
    WHERE people.person_id = $1
"""


async def find(tx: Tx, person_id: UUID) -> Profile:
    """The reviewer's profile; before they saved one: no credentials, the usual capacity, and the institution that
    intake knows."""
    row = await tx.fetchrow(FIND, person_id)
    if row is None or row["person_id"] is None:
        return Profile(person_id, (), DEFAULT_CAPACITY, "" if row is None else row["known_institution"], {})
    accepted = {version: datetime.fromisoformat(at).astimezone(UTC) for version, at in (row["accepted"] or {}).items()}
    return Profile(person_id, tuple(row["credentials"]), row["capacity"], row["institution"], accepted)


SAVE = """
    INSERT INTO reviewers (person_id, credentials, capacity, institution) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id) DO UPDATE
    SET credentials = excluded.credentials, capacity = excluded.capacity, institution = excluded.institution
"""
SIGN = "INSERT INTO reviewer_agreements (person_id, version, accepted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
UNSIGN = "DELETE FROM reviewer_agreements WHERE person_id = $1 AND version = $2"


async def save(tx: Tx, person_id: UUID, credentials: Sequence[str], capacity: int, institution: str) -> None:
    """Replace the profile."""
    await tx.execute(SAVE, person_id, list(credentials), capacity, institution)


async def sign(tx: Tx, person_id: UUID, version: str, accepted: bool) -> None:
    """Sign a version of the agreement, or take the signature back; the first signing's time stays."""
    if accepted:
        await tx.execute(SIGN, person_id, version, tx.now)
    else:
        await tx.execute(UNSIGN, person_id, version)


FORGET = ("DELETE FROM reviewers WHERE person_id = $1", "DELETE FROM reviewer_agreements WHERE person_id = $1")


async def forget(tx: Tx, person_id: UUID) -> None:
    """Remove what an erased person said of themselves."""
    for statement in FORGET:
        await tx.execute(statement, person_id)
