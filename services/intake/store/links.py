"""SQL about the links that people are sent."""

from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.links import Used

INSERT = """
    INSERT INTO links (token_hash, person_id, purpose, issued_at, expires_at, name, next)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
OWNER = "SELECT person_id FROM links WHERE token_hash = $1 AND purpose = $2"
USE = """
    UPDATE links SET used_at = $3, used_by = $4 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL
        AND expires_at > $3 RETURNING name, next
"""
FIND_USED = (
    "SELECT person_id, used_at, used_by, next FROM links WHERE token_hash = $1 AND purpose = $2 AND used_at IS NOT NULL"
)
NEXT = "SELECT next FROM links WHERE token_hash = $1 AND purpose = $2"
VOID = "DELETE FROM links WHERE person_id = $1 AND purpose = $2"
FORGET = "DELETE FROM links WHERE expires_at < $1"


async def insert(
    tx: Tx, token_hash: bytes, person_id: UUID, purpose: str, expires_at: datetime, name: str, next: str = ""
) -> None:
    """Keep a link's hash, the name that was given with it, and where its person wants to go."""
    await tx.execute(INSERT, token_hash, person_id, purpose, tx.now, expires_at, name, next)


async def owner(tx: Tx, token_hash: bytes, purpose: str) -> UUID | None:
    """Whose link it is; it may be used, or have run out."""
    found: UUID | None = await tx.fetchval(OWNER, token_hash, purpose)
    return found


async def use(tx: Tx, token_hash: bytes, purpose: str, used_by: bytes | None) -> tuple[str, str] | None:
    """Use a link up, in this browser: the name that was given with it, and where its person wants to go; None if it
    cannot be used. Lock its person first."""
    row = await tx.fetchrow(USE, token_hash, purpose, tx.now, used_by)
    return None if row is None else (row["name"], row["next"])


async def find_used(tx: Tx, token_hash: bytes, purpose: str) -> Used | None:
    """A link that was used; None for any other."""
    row = await tx.fetchrow(FIND_USED, token_hash, purpose)
    return None if row is None else Used(row["person_id"], row["used_at"], row["used_by"], row["next"])


async def find_next(tx: Tx, token_hash: bytes, purpose: str) -> str:
    """Where the person of a link wants to go; empty where that is nowhere, or where there is no such link."""
    found: str | None = await tx.fetchval(NEXT, token_hash, purpose)
    return found or ""


async def void(tx: Tx, person_id: UUID, purpose: str) -> None:
    """Of a person, let no link of this purpose be good any more, used or not. Lock the person first."""
    await tx.execute(VOID, person_id, purpose)


async def forget(tx: Tx, before: datetime) -> None:
    """Forget the links that ran out before."""
    await tx.execute(FORGET, before)
