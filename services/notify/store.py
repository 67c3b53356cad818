"""All SQL of `notify`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from services.notify.domain.mails import Mail, State
from services.notify.domain.occasions import Facts, Notice, Occasion

ADD = """
    WITH keys AS (INSERT INTO delivery_keys SELECT DISTINCT key FROM unnest($1::uuid[]) AS t (key) ORDER BY key ON
        CONFLICT DO NOTHING)
    INSERT INTO mails
        (event_id, person_id, person_version, application_id, correlation_id, template, facts, credential,
            credential_version, sealed, expires_at,
         state, created_at, next_attempt_at, asker_id, asker_version, farewell)
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::jsonb[],
        $9::text[], $10::int[], $11::text[],
        $12::timestamptz[], $13::text[], $14::timestamptz[], $15::timestamptz[], $16::uuid[], $17::bigint[],
        $18::jsonb[])
    ON CONFLICT DO NOTHING
"""
HOLD_NOTICES = "SELECT pg_advisory_xact_lock(8106001)"
FORGET_NOTICES = "DELETE FROM notices WHERE at <= $1"
ADD_NOTICES = """
    INSERT INTO notices (event_id, role, template, application_id, correlation_id, credential, credential_version,
        facts, at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::int[],
        $8::jsonb[], $9::timestamptz[])
    ON CONFLICT DO NOTHING
"""
SPREAD_NOTICES = """
    WITH asked AS (
        SELECT n.*, p.person_id FROM notices n JOIN people p ON n.role = ANY(p.roles) AND NOT p.erased WHERE n.at > $1
    ), keys AS (INSERT INTO delivery_keys SELECT DISTINCT application_id FROM asked ORDER BY application_id ON CONFLICT
        DO NOTHING)
    INSERT INTO mails
        (event_id, person_id, application_id, correlation_id, template, facts, credential, credential_version, role,
         state, created_at, next_attempt_at)
    SELECT event_id, person_id, application_id, correlation_id, template, facts, credential, credential_version, role,
        'due', $2, $2 FROM asked
    ON CONFLICT DO NOTHING
"""
CLAIM = """
    WITH due AS (
        SELECT m.event_id, m.person_id, p.person_id IS NOT NULL AND (m.credential IS NULL
            OR c.slug IS NOT NULL) AND (m.asker_id IS NULL OR a.person_id IS NOT NULL) AS complete,
            coalesce(p.erased, false) AND m.farewell IS NULL OR coalesce(a.erased, false) AS erased, a.name AS asker,
            m.role IS NOT NULL AND NOT coalesce(m.role = ANY(p.roles),
                true) AS role_lost,
            CASE WHEN p.kind = 'account' THEN p.name ELSE '' END AS name, p.email, p.language, p.time_zone,
                c.name AS credential_name
        FROM mails m
        LEFT JOIN people p ON p.person_id = m.person_id AND (p.version >= m.person_version OR p.erased)
        LEFT JOIN people a ON a.person_id = m.asker_id AND (a.version >= m.asker_version OR a.erased)
        LEFT JOIN credentials c ON c.slug = m.credential AND c.version = m.credential_version
        WHERE m.state = 'due' AND m.next_attempt_at <= $1
            AND (p.erased OR a.erased
                OR p.person_id IS NOT NULL AND (m.credential IS NULL OR c.slug IS NOT NULL)
                    AND (m.asker_id IS NULL OR a.person_id IS NOT NULL)
                OR m.created_at <= $4)
        ORDER BY m.next_attempt_at LIMIT $3 FOR UPDATE OF m SKIP LOCKED
    ), claimed AS (
        UPDATE mails m SET next_attempt_at = $2 FROM due WHERE (m.event_id, m.person_id) = (due.event_id, due.person_id)
        RETURNING m.*, due.complete, due.erased, due.role_lost, due.asker, due.name, due.email, due.language,
            due.time_zone, due.credential_name
    )
    SELECT * FROM claimed ORDER BY created_at
"""
DUE_OF = "SELECT * FROM mails WHERE person_id = $1 AND state = 'due' AND farewell IS NULL"
# Each key is locked before events are said under it. The keys are locked in order.
SAVE = """
    WITH held AS (SELECT key FROM delivery_keys WHERE key = ANY($1) ORDER BY key FOR UPDATE)
    UPDATE mails m SET state = n.state, reason = n.reason, attempts = n.attempts, next_attempt_at = n.next_attempt_at,
        sealed = CASE WHEN n.state = 'due' THEN m.sealed END,
        farewell = CASE WHEN n.state = 'due' THEN m.farewell END
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
        AS n (key, event_id, person_id, state, reason, attempts, next_attempt_at)
    JOIN held USING (key)
    WHERE m.event_id = n.event_id AND m.person_id = n.person_id AND m.state = 'due'
    RETURNING m.event_id, m.person_id
"""
SAVE_CREDENTIAL = """
    INSERT INTO credentials (slug, version, published, name) VALUES ($1, $2, $3, $4)
    ON CONFLICT (slug, version) DO UPDATE SET published = excluded.published,
        name = excluded.name WHERE credentials.published < excluded.published
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail to send now, with the data that it needs at this moment. `identity` becomes a part of its Message-ID.

    `asker` is the name of the person who asks for it. It is empty if nobody asks or if the person gave no name.

    `name` is empty for a contact. Nobody has confirmed the address, so a mail does not repeat what a stranger wrote
    about its owner. `role_lost`: the mail is for people with a role, and this person does not have it any more. Not
    `complete`: its person, its asker or its catalog entry did not come in the time that a mail has; their fields are
    empty.
    """

    mail: Mail
    identity: UUID
    facts: Facts
    sealed: str | None
    complete: bool
    erased: bool
    role_lost: bool
    asker: str
    name: str
    email: str
    language: str
    time_zone: str


async def add(tx: Tx, mails: Sequence[tuple[Mail, Occasion]]) -> None:
    """Add new mails and the rows of their keys. A mail that exists already for its event and person stays as it is."""
    credentials = [occasion.credential or (None, None) for _, occasion in mails]
    askers = [occasion.asker or (None, None) for _, occasion in mails]
    await tx.execute(
        ADD,
        [mail.key for mail, _ in mails],
        [mail.event_id for mail, _ in mails],
        [mail.person_id for mail, _ in mails],
        [occasion.person_version for _, occasion in mails],
        [mail.application_id for mail, _ in mails],
        [mail.correlation_id for mail, _ in mails],
        [mail.template for mail, _ in mails],
        [occasion.facts for _, occasion in mails],
        [slug for slug, _ in credentials],
        [version for _, version in credentials],
        [occasion.sealed for _, occasion in mails],
        [mail.expires_at for mail, _ in mails],
        [mail.state.value for mail, _ in mails],
        [mail.created_at for mail, _ in mails],
        [mail.next_attempt_at for mail, _ in mails],
        [person_id for person_id, _ in askers],
        [version for _, version in askers],
        [None if occasion.farewell is None else asdict(occasion.farewell) for _, occasion in mails],
    )


async def add_notices(tx: Tx, notices: Sequence[tuple[UUID, UUID, Notice]], patience: timedelta) -> None:
    """Add new notices, each with its event's id and correlation id, and the mails to the people who have their roles.
    Old notices are deleted."""
    await tx.execute(HOLD_NOTICES)
    await tx.execute(FORGET_NOTICES, tx.now - patience)
    await tx.execute(
        ADD_NOTICES,
        [event_id for event_id, _, _ in notices],
        [notice.role for _, _, notice in notices],
        [notice.template for _, _, notice in notices],
        [notice.application_id for _, _, notice in notices],
        [correlation_id for _, correlation_id, _ in notices],
        [notice.credential[0] for _, _, notice in notices],
        [notice.credential[1] for _, _, notice in notices],
        [notice.facts for _, _, notice in notices],
        [tx.now] * len(notices),
    )
    await tx.execute(SPREAD_NOTICES, tx.now - patience, tx.now)


async def spread_notices(tx: Tx, patience: timedelta) -> None:
    """Add the mails to people who were given a role after a notice to that role was added."""
    await tx.execute(HOLD_NOTICES)  # whichever of the two transactions comes second sees the other
    await tx.execute(SPREAD_NOTICES, tx.now - patience, tx.now)


async def claim(tx: Tx, lease: timedelta, limit: int, patience: timedelta) -> list[Claimed]:
    """Up to `limit` mails that are due, the oldest first. Other processes do not get them before `lease` has passed.

    Mails that wait for their person or their catalog entry are left out until they have waited for `patience`.
    """
    return [_claimed(row) for row in await tx.fetch(CLAIM, tx.now, tx.now + lease, limit, tx.now - patience)]


async def due_of(tx: Tx, person_id: UUID) -> list[Mail]:
    """A person's mails that are not sent yet, without a lock."""
    return [_mail(row) for row in await tx.fetch(DUE_OF, person_id)]


async def save(tx: Tx, mails: Sequence[Mail]) -> set[tuple[UUID, UUID]]:
    """Write the mails' states and lock their keys. A mail that is over loses its secret.

    Returns event and person of the mails that were written. A mail that was over before is not touched.
    """
    keys = [mail.key for mail in mails]
    rows = await tx.lock_many(
        keys,
        SAVE,
        keys,
        [mail.event_id for mail in mails],
        [mail.person_id for mail in mails],
        [mail.state.value for mail in mails],
        [mail.reason for mail in mails],
        [mail.attempts for mail in mails],
        [mail.next_attempt_at for mail in mails],
    )
    return {(row["event_id"], row["person_id"]) for row in rows}


async def save_credential(tx: Tx, slug: str, version: int, published: int, name: str) -> None:
    """Take a catalog entry if it is newer than ours."""
    await tx.execute(SAVE_CREDENTIAL, slug, version, published, name)


def _claimed(row: asyncpg.Record) -> Claimed:
    named = {} if row["credential_name"] is None else {"credential": row["credential_name"]}
    who = row["farewell"] or row
    return Claimed(
        mail=_mail(row),
        identity=row["identity"] or row["event_id"],
        facts={**row["facts"], **named},
        sealed=row["sealed"],
        complete=row["complete"],
        erased=row["erased"],
        role_lost=row["role_lost"],
        asker=row["asker"] or "",
        name=who["name"] or "",
        email=who["email"] or "",
        language=who["language"] or "",
        time_zone=who["time_zone"] or "",
    )


def _mail(row: asyncpg.Record) -> Mail:
    return Mail(
        event_id=row["event_id"],
        person_id=row["person_id"],
        application_id=row["application_id"],
        correlation_id=row["correlation_id"],
        template=row["template"],
        state=State(row["state"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        next_attempt_at=row["next_attempt_at"],
        expires_at=row["expires_at"],
        reason=row["reason"],
    )
