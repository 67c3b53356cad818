"""SQL of the answers to the question of who may apply. `applications` reads them."""

from uuid import UUID

from chassis.database.transaction import Tx

PUT = """
    INSERT INTO eligibility (application_id, answer, answered_at) VALUES ($1, $2, $3)
    ON CONFLICT (application_id) DO UPDATE SET answer = excluded.answer, answered_at = excluded.answered_at
"""


async def put(tx: Tx, application_id: UUID, answer: str) -> None:
    """Save an answer instead of an earlier one. Save the application first."""
    await tx.note(PUT, application_id, answer, tx.now)
