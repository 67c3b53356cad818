"""SQL of consents to research: every time that one was given or taken back."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.research_consent import ConsentAnswer

MOST_SHOWN = 100
LIST = """
    SELECT consented, text_version, at FROM research_consents
    WHERE application_id = $1 ORDER BY consent_id DESC LIMIT $2
"""
ADD = "INSERT INTO research_consents (application_id, consented, text_version, at) VALUES ($1, $2, $3, $4)"
GIVEN_BY = """
    SELECT a.application_id, v.definition ->> 'name' AS name FROM applications a
    JOIN credentials v ON v.slug = a.credential AND v.version = a.credential_version
    CROSS JOIN LATERAL (SELECT consented FROM research_consents c WHERE c.application_id = a.application_id
        ORDER BY consent_id DESC LIMIT 1) latest
    WHERE a.person_id = $1 AND latest.consented ORDER BY a.started_at, a.application_id
"""


async def list_of(tx: Tx, application_id: UUID) -> Sequence[ConsentAnswer]:
    """What was said about an application, the latest first."""
    rows = await tx.fetch(LIST, application_id, MOST_SHOWN)
    return [ConsentAnswer(row["consented"], row["text_version"], row["at"]) for row in rows]


async def add(tx: Tx, application_id: UUID, said: ConsentAnswer) -> None:
    """Add what was said. Lock the application first."""
    await tx.note(ADD, application_id, said.consented, said.text_version, said.at)


async def given_by(tx: Tx, person_id: UUID) -> Sequence[tuple[UUID, str]]:
    """The applications of a person with a valid consent, with the name of their credential."""
    return [(row["application_id"], row["name"]) for row in await tx.fetch(GIVEN_BY, person_id)]
