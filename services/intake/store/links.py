"""SQL of mailed links."""

from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.events.links import LinkIssued
from services.intake.domain.links import Link, not_valid
from services.intake.domain.people import Person
from services.intake.domain.sessions import Client
from services.intake.store.people import person_from

# Locks the person's row, so that a link is said in one order with the person's other events.
INSERT = """
    INSERT INTO links (token_hash, person_id, purpose, issued_at, expires_at, name, next)
    SELECT $1::bytea, p.person_id, $4::text, $5::timestamptz, $6::timestamptz, $7::text, $8::text FROM people p
    WHERE p.person_id = $2 AND p.version = $3 FOR NO KEY UPDATE OF p
    RETURNING person_id
"""
LOAD = """
    SELECT p.*, l.expires_at, l.name AS given_name, l.next, l.used_at, l.used_by
    FROM links l JOIN people p USING (person_id) WHERE l.token_hash = $1 AND l.purpose = $2 AND NOT p.erased
"""
# Waits for a change of the person, because signing out everywhere voids links and sessions too.
USE = """
    WITH p AS (SELECT person_id FROM people WHERE person_id = $4 AND version = $5 FOR NO KEY UPDATE), used AS (
        UPDATE links l SET used_at = $2, used_by = $3 FROM p
        WHERE l.token_hash = $1 AND l.person_id = p.person_id AND l.used_at IS NULL RETURNING l.person_id, l.used_at
    )
    INSERT INTO sessions (person_id, began_at, browser, system) SELECT person_id, used_at, $6, $7 FROM used
    RETURNING person_id
"""
NEXT = "SELECT next FROM links WHERE token_hash = $1 AND purpose = $2"
VOID = "DELETE FROM links WHERE person_id = $1 AND purpose = $2"
FORGET = "DELETE FROM links WHERE expires_at < $1"


async def insert(tx: Tx, link: Link, person: Person, says: LinkIssued) -> None:
    """Add a link to this person in their present version, and have it mailed."""
    purpose, expires_at = says.purpose, link.expires_at
    await tx.save(
        person.person_id,
        INSERT,
        link.token_hash,
        person.person_id,
        person.version,
        purpose,
        tx.now,
        expires_at,
        link.name,
        link.next,
        says=[says],
    )


async def load(tx: Tx, token_hash: bytes, purpose: str) -> tuple[Link, Person]:
    """A link, used or not, and its person. Raises NotSignedIn if it does not exist."""
    # No event has the link as its key. `people.save` locks the key for events about its person.
    row = await tx.load(token_hash.hex(), LOAD, token_hash, purpose, lock="p")
    if row is None:
        raise not_valid()
    link = Link(
        token_hash,
        row["person_id"],
        row["expires_at"],
        row["given_name"],
        row["next"],
        used_at=row["used_at"],
        used_by=row["used_by"],
    )
    return link, person_from(row)


async def use(tx: Tx, used: Link, person: Person, client: Client) -> None:
    """Save that a link to this person was used, and the session that began with it. Save the person first."""
    link = used.token_hash, used.used_at, used.used_by
    await tx.save(person.person_id, USE, *link, person.person_id, person.version, client.browser, client.system)


async def find_next(tx: Tx, token_hash: bytes, purpose: str) -> str:
    """The page to which the person of a link wants to go. Empty if there is none, or if the link does not exist."""
    found: str | None = await tx.fetchval(NEXT, token_hash, purpose)
    return found or ""


async def void(tx: Tx, person_id: UUID, purpose: str) -> None:
    """Make all links of this purpose to a person invalid, used or not. Save the person first."""
    await tx.note(VOID, person_id, purpose)


async def forget(tx: Tx, before: datetime) -> None:
    """Delete links that expired before."""
    await tx.note(FORGET, before)
