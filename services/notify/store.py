"""All SQL of `notify`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from chassis.transaction import Tx
from services.notify.domain import Draft, Facts, Mail, State

ADD = """
    WITH key AS (INSERT INTO delivery_keys VALUES (coalesce($3::uuid, $2::uuid)) ON CONFLICT DO NOTHING)
    INSERT INTO mails
        (event_id, person_id, application_id, template, facts, sealed, expires_at, correlation_id, state, reason, created_at, next_attempt_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING event_id
"""
CLAIM = """
    WITH due AS (
        SELECT event_id, person_id FROM mails WHERE state = 'due' AND next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE mails m SET next_attempt_at = $2 FROM due WHERE (m.event_id, m.person_id) = (due.event_id, due.person_id) RETURNING m.*
    )
    SELECT claimed.*, p.erased, p.name, p.email, p.language, p.time_zone FROM claimed JOIN people p USING (person_id) ORDER BY claimed.created_at
"""
DUE_KEYS_OF = "SELECT DISTINCT coalesce(application_id, person_id) AS key FROM mails WHERE person_id = $1 AND state = 'due'"
LOCK_KEYS = "SELECT key FROM delivery_keys WHERE key = ANY($1) ORDER BY key FOR UPDATE"
LOCK_DUE_OF = "SELECT * FROM mails WHERE person_id = $1 AND state = 'due' ORDER BY event_id FOR UPDATE"
LOCK = """
    SELECT * FROM mails WHERE (event_id, person_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY event_id, person_id FOR UPDATE
"""
SAVE = """
    UPDATE mails m SET state = n.state, reason = n.reason, attempts = n.attempts, next_attempt_at = n.next_attempt_at,
        sealed = CASE WHEN n.state = 'due' THEN m.sealed END
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
        AS n (event_id, person_id, state, reason, attempts, next_attempt_at)
    WHERE m.event_id = n.event_id AND m.person_id = n.person_id AND m.state = 'due'
"""
SAVE_CREDENTIAL = """
    INSERT INTO credentials (slug, version, published, name) VALUES ($1, $2, $3, $4)
    ON CONFLICT (slug, version) DO UPDATE SET published = excluded.published, name = excluded.name WHERE credentials.published < excluded.published
"""
CREDENTIAL_NAME = "SELECT name FROM credentials WHERE slug = $1 AND version = $2"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail to be sent now, with what is needed for it. `facts` and the person's fields are as they are at this moment."""

    mail: Mail
    correlation_id: UUID
    facts: Facts
    sealed: str | None
    erased: bool
    name: str
    email: str
    language: str
    time_zone: str


async def add(tx: Tx, mail: Mail, draft: Draft, facts: Facts, correlation_id: UUID) -> bool:
    """Keep a new mail and make the row of its key; False (and nothing changed) if there is one for this event and person already."""
    sealed = draft.sealed if mail.state is State.DUE else None
    row = await tx.fetchrow(
        ADD,
        mail.event_id,
        mail.person_id,
        mail.application_id,
        mail.template,
        facts,
        sealed,
        mail.expires_at,
        correlation_id,
        mail.state.value,
        mail.reason,
        mail.created_at,
        mail.next_attempt_at,
    )
    return row is not None


async def claim(tx: Tx, lease: timedelta, limit: int) -> list[Claimed]:
    """Up to `limit` mails that are due, the oldest first; nobody else gets them before `lease` has passed."""
    return [
        Claimed(
            _mail(row),
            row["correlation_id"],
            row["facts"],
            row["sealed"],
            row["erased"],
            row["name"],
            row["email"],
            row["language"],
            row["time_zone"],
        )
        for row in await tx.fetch(CLAIM, tx.now, tx.now + lease, limit)
    ]


async def lock_key(tx: Tx, key: UUID) -> None:
    """Hold the row of a Kafka key; `add` made it."""
    await lock_keys(tx, [key])


async def lock_keys(tx: Tx, keys: Sequence[UUID]) -> None:
    """Hold the rows of several Kafka keys, in a fixed order."""
    await tx.lock_many(keys, LOCK_KEYS, list(keys))


async def due_keys_of(tx: Tx, person_id: UUID) -> list[UUID]:
    """The Kafka keys of a person's mails that are still to be sent."""
    return [row["key"] for row in await tx.fetch(DUE_KEYS_OF, person_id)]


async def lock_due_of(tx: Tx, person_id: UUID) -> list[tuple[Mail, UUID]]:
    """A person's mails that are still to be sent, locked, each with its correlation id."""
    return [(_mail(row), row["correlation_id"]) for row in await tx.fetch(LOCK_DUE_OF, person_id)]


async def lock(tx: Tx, ids: Sequence[tuple[UUID, UUID]]) -> list[tuple[Mail, UUID]]:
    """Mails by event and person, locked, each with its correlation id."""
    rows = await tx.fetch(LOCK, [event_id for event_id, _ in ids], [person_id for _, person_id in ids])
    return [(_mail(row), row["correlation_id"]) for row in rows]


async def save(tx: Tx, mails: Sequence[Mail]) -> None:
    """Write how far mails are. A settled mail keeps no secret. A mail that was settled before is not touched."""
    await tx.execute(
        SAVE,
        [mail.event_id for mail in mails],
        [mail.person_id for mail in mails],
        [mail.state.value for mail in mails],
        [mail.reason for mail in mails],
        [mail.attempts for mail in mails],
        [mail.next_attempt_at for mail in mails],
    )


async def save_credential(tx: Tx, slug: str, version: int, published: int, name: str) -> None:
    """Take a catalog entry if it is newer than ours."""
    await tx.execute(SAVE_CREDENTIAL, slug, version, published, name)


async def credential_name(tx: Tx, slug: str, version: int) -> str | None:
    """What a version of a credential is called, or None while the catalog entry is not here."""
    name: str | None = await tx.fetchval(CREDENTIAL_NAME, slug, version)
    return name


def _mail(row: asyncpg.Record) -> Mail:
    return Mail(
        event_id=row["event_id"],
        person_id=row["person_id"],
        application_id=row["application_id"],
        template=row["template"],
        state=State(row["state"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        next_attempt_at=row["next_attempt_at"],
        expires_at=row["expires_at"],
        reason=row["reason"],
    )
