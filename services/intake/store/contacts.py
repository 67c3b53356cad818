"""SQL of contacts that nobody needs any more."""

from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx

# `sessions_valid_from` of a contact is the time at which it was made. A link is kept for a day after it expired.
_FORGOTTEN = """
    p.kind = 'contact' AND NOT p.erased AND p.sessions_valid_from < $1 AND p.roles = '{}'
    AND NOT EXISTS (SELECT FROM links l WHERE l.person_id = p.person_id)
    AND NOT EXISTS (SELECT FROM applications a WHERE a.person_id = p.person_id)
    AND NOT EXISTS (SELECT FROM letter_requests r WHERE r.contact_id = p.person_id)
    AND NOT EXISTS (SELECT FROM cohorts c
        WHERE c.facilitators @> jsonb_build_array(jsonb_build_object('person_id', p.person_id)))
"""
DUE = f"SELECT p.person_id FROM people p WHERE {_FORGOTTEN} ORDER BY p.sessions_valid_from, p.person_id LIMIT $2"
IS_DUE = f"SELECT EXISTS (SELECT FROM people p WHERE {_FORGOTTEN} AND p.person_id = $2)"


async def due(tx: Tx, before: datetime, limit: int) -> list[UUID]:
    """Contacts from before this time whom nobody needs, the oldest first, up to a number."""
    return [row["person_id"] for row in await tx.fetch(DUE, before, limit)]


async def is_due(tx: Tx, person_id: UUID, before: datetime) -> bool:
    """Whether this contact is from before this time and nobody needs it. Lock it first."""
    return bool(await tx.fetchval(IS_DUE, before, person_id))
