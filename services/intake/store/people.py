"""SQL about people and the links they are sent."""

from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.transaction import Overtaken, Tx
from services.intake.domain.people import Person, email_key

COLUMNS = "person_id, version, kind, name, email, institution, roles, language, time_zone, sessions_valid_from"

FIND_ID = "SELECT person_id FROM people WHERE email_key = $1"
FIND = f"SELECT {COLUMNS} FROM people WHERE person_id = $1 AND NOT erased"
FIND_BY_EMAIL = f"SELECT {COLUMNS} FROM people WHERE email_key = $1 AND NOT erased"
LOCK = f"SELECT {COLUMNS} FROM people WHERE person_id = $1 AND NOT erased FOR NO KEY UPDATE"
INSERT = f"""
    INSERT INTO people ({COLUMNS}, email_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (email_key) WHERE email_key <> '' DO NOTHING
    RETURNING person_id
"""
UPDATE = """
    UPDATE people SET version = $2, kind = $3, name = $4, institution = $5, roles = $6, time_zone = $7, sessions_valid_from = $8
    WHERE person_id = $1 AND version = $2 - 1
    RETURNING person_id
"""
INSERT_LINK = "INSERT INTO links (token_hash, person_id, purpose, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)"
USE_LINK = f"""
    WITH used AS (
        UPDATE links SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 RETURNING person_id
    )
    SELECT {COLUMNS} FROM people JOIN used USING (person_id) WHERE NOT erased
"""
DELETE_LINKS = "DELETE FROM links WHERE expires_at < $1"


class Raced(Overtaken):
    """A row was changed by somebody else since it was read; where its lock is held, that is a fault in the service."""


async def find_id(tx: Tx, email: str) -> UUID | None:
    """Who has this address, in any spelling."""
    found: UUID | None = await tx.fetchval(FIND_ID, email_key(email))
    return found


async def find(tx: Tx, person_id: UUID) -> Person | None:
    """The person, unless unknown or erased."""
    row = await tx.fetchrow(FIND, person_id)
    return None if row is None else _person(row)


async def find_by_email(tx: Tx, email: str) -> Person | None:
    """The person with this address, in any spelling."""
    row = await tx.fetchrow(FIND_BY_EMAIL, email_key(email))
    return None if row is None else _person(row)


async def lock(tx: Tx, person_id: UUID) -> Person | None:
    """The person, with the row locked: what is said about them comes in this order. Locked before any application, never after."""
    row = await tx.lock(person_id, LOCK, person_id)
    return None if row is None else _person(row)


async def insert(tx: Tx, person: Person) -> bool:
    """Keep a new person, with the row locked; False if somebody has the address already."""
    row = await tx.lock(
        person.person_id,
        INSERT,
        person.person_id,
        person.version,
        person.kind,
        person.name,
        person.email,
        person.institution,
        list(person.roles),
        person.language,
        person.time_zone,
        person.sessions_valid_from,
        email_key(person.email),
    )
    return row is not None


async def save(tx: Tx, person: Person) -> bool:
    """Keep a changed person, the row locked from now on; False if it is not one version behind: somebody else changed it since it was read."""
    row = await tx.lock(
        person.person_id,
        UPDATE,
        person.person_id,
        person.version,
        person.kind,
        person.name,
        person.institution,
        list(person.roles),
        person.time_zone,
        person.sessions_valid_from,
    )
    tx.changed_people.add(person.person_id)
    return row is not None


async def insert_link(tx: Tx, token_hash: bytes, person_id: UUID, purpose: str, expires_at: datetime) -> None:
    """Keep a link's hash."""
    await tx.execute(INSERT_LINK, token_hash, person_id, purpose, tx.now, expires_at)


async def use_link(tx: Tx, token_hash: bytes, purpose: str) -> Person | None:
    """Use a link up: whose it is (not locked); None if it cannot be used."""
    row = await tx.fetchrow(USE_LINK, token_hash, purpose, tx.now)
    return None if row is None else _person(row)


async def delete_links(tx: Tx, before: datetime) -> None:
    """Forget the links that ran out before."""
    await tx.execute(DELETE_LINKS, before)


def _person(row: asyncpg.Record) -> Person:
    return Person(
        person_id=row["person_id"],
        version=row["version"],
        kind=row["kind"],
        name=row["name"],
        email=row["email"],
        institution=row["institution"],
        roles=tuple(row["roles"]),
        language=row["language"],
        time_zone=row["time_zone"],
        sessions_valid_from=row["sessions_valid_from"],
    )
