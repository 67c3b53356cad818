"""SQL of people."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.intake.domain.people import Person, described

COLUMNS = (
    "person_id, version, kind, name, email, institution, roles, language, time_zone, sessions_valid_from, email_key"
)

LOAD = f"SELECT {COLUMNS} FROM people p WHERE person_id = $1 AND NOT erased"
LOAD_BY_KEY = f"SELECT {COLUMNS} FROM people p WHERE email_key = $1 AND NOT erased"
INSERT = f"""
    INSERT INTO people ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (email_key) WHERE email_key <> '' DO NOTHING
    RETURNING person_id
"""
UPDATE = """
    UPDATE people SET version = $2, kind = $3, name = $4, institution = $5, roles = $6, time_zone = $7,
        sessions_valid_from = $8, email = $9, language = $10
    WHERE person_id = $1 AND version = $2 - 1
    RETURNING person_id
"""
# Only one transaction at a time takes a role away, so two administrators cannot remove each other.
LOCK_ADMINISTRATORS = "SELECT pg_advisory_xact_lock(hashtextextended('administrators', 21))"
OTHER_ADMINISTRATORS = """
    SELECT count(*) FROM people WHERE 'admin' = ANY (roles) AND kind = 'account' AND NOT erased AND person_id <> $1
"""
BEYOND_ASCII = (
    "SELECT person_id, email, email_key FROM people WHERE octet_length(email) <>"
    " length(email) AND NOT erased ORDER BY person_id"
)
SET_KEYS = """
    UPDATE people SET email_key = n.email_key FROM unnest($1::uuid[], $2::text[]) AS n (person_id,
        email_key) WHERE people.person_id = n.person_id
"""


async def load(tx: Tx, person_id: UUID) -> Person | None:
    """The person, unless unknown or erased. Load them before any application."""
    row = await tx.load(person_id, LOAD, person_id, lock="p")
    return None if row is None else person_from(row)


async def load_by_key(tx: Tx, email_key: str) -> Person | None:
    """The person whose address has this key."""
    # The person is not known before. Functions that save something of the person lock the key of its events.
    row = await tx.load(email_key, LOAD_BY_KEY, email_key, lock="p")
    return None if row is None else person_from(row)


async def insert(tx: Tx, person: Person) -> None:
    """Add a new person and say so. Raises Overtaken if somebody has the address already."""
    await tx.save(
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
        person.email_key,
        says=[described(person)],
    )


async def save(tx: Tx, before: Person, after: Person) -> None:
    """Save a changed person, one version later, and say so."""
    if after is before:
        return
    await tx.save(
        after.person_id,
        UPDATE,
        after.person_id,
        after.version,
        after.kind,
        after.name,
        after.institution,
        list(after.roles),
        after.time_zone,
        after.sessions_valid_from,
        after.email,
        after.language,
        says=[described(after)],
    )


async def other_administrators(tx: Tx, person_id: UUID) -> int:
    """The number of other accounts that may give roles. Nobody else takes a role away until the end of the
    transaction."""
    await tx.fetch(LOCK_ADMINISTRATORS)
    return int(await tx.fetchval(OTHER_ADMINISTRATORS, person_id))


async def other_administrators_now(tx: Tx, person_id: UUID) -> int:
    """The number of other accounts that may give roles at this moment."""
    return int(await tx.fetchval(OTHER_ADMINISTRATORS, person_id))


async def beyond_ascii(tx: Tx) -> Mapping[UUID, tuple[str, str]]:
    """People whose address is not all ASCII: the address and its key."""
    return {row["person_id"]: (row["email"], row["email_key"]) for row in await tx.fetch(BEYOND_ASCII)}


async def set_keys(tx: Tx, keys: Mapping[UUID, str]) -> None:
    """Give addresses other keys. No event says a key."""
    await tx.note(SET_KEYS, list(keys), list(keys.values()))


def person_from(row: asyncpg.Record) -> Person:
    """A person as PostgreSQL gives them."""
    return Person(
        person_id=row["person_id"],
        version=row["version"],
        kind=row["kind"],
        name=row["name"],
        email=row["email"],
        email_key=row["email_key"],
        institution=row["institution"],
        roles=tuple(row["roles"]),
        language=row["language"],
        time_zone=row["time_zone"],
        sessions_valid_from=row["sessions_valid_from"],
    )
