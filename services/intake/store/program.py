"""SQL of the program as staff see it: every version, who changed its state, how many applications it has."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition

MOST_COUNTED = 10_000
"""Applications are counted up to this number. For more, "more than" is enough."""

_VERSIONS = """
    SELECT c.slug, c.version, c.published, c.published_at, c.state, c.file_state, c.definition
    FROM credentials c
"""
VERSIONS = f"{_VERSIONS} ORDER BY c.slug, c.version"
VERSION = f"{_VERSIONS} WHERE c.slug = $1 AND c.version = $2"
CHANGES = """
    SELECT h.before, h.after, h.at, h.reason, h.actor, w.name, w.email FROM credential_changes h
    LEFT JOIN people w ON w.person_id = h.actor AND NOT w.erased
    WHERE h.slug = $1 AND h.version = $2 ORDER BY h.number DESC LIMIT $3
"""
UNDER_WAY = """
    SELECT state, count(*) AS number FROM (
        SELECT state FROM applications WHERE credential = $1 AND credential_version = $2
            AND state IN ('started', 'fee_due', 'open', 'submitted', 'in_review') LIMIT $3
    ) live GROUP BY state
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version. `file_state` is the state in its file when it was read last."""

    definition: CredentialDefinition
    published: int
    published_at: datetime | None
    file_state: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a version's state. `actor` is None for the program's files; names are empty after an erasure."""

    before: str
    after: str
    at: datetime
    reason: str
    actor: UUID | None
    name: str
    email: str


async def versions(tx: Tx) -> list[Version]:
    """Every version of every credential."""
    return [_version(row) for row in await tx.fetch(VERSIONS)]


async def version(tx: Tx, slug: str, number: int) -> Version | None:
    """One version."""
    row = await tx.fetchrow(VERSION, slug, number)
    return None if row is None else _version(row)


async def changes(tx: Tx, slug: str, number: int, limit: int) -> list[Change]:
    """The changes of a version's state, the newest first."""
    return [
        Change(
            row["before"],
            row["after"],
            row["at"],
            row["reason"],
            row["actor"],
            row["name"] or "",
            row["email"] or "",
        )
        for row in await tx.fetch(CHANGES, slug, number, limit)
    ]


async def under_way(tx: Tx, slug: str, number: int) -> dict[str, int]:
    """The number of a version's live applications, by state; MOST_COUNTED and one at most."""
    rows = await tx.fetch(UNDER_WAY, slug, number, MOST_COUNTED + 1)
    return {row["state"]: row["number"] for row in rows}


def _version(row: asyncpg.Record) -> Version:
    definition = CredentialDefinition.model_validate(row["definition"])
    return Version(definition, row["published"], row["published_at"], row["file_state"])
