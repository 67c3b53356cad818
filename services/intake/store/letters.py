"""SQL of letters by third parties. Every change of a request changes its application too, whose version guards both:
save the application first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.events.links import LinkIssued
from services.intake.domain.letters import LetterRequest, State, Undelivered
from services.intake.domain.materials import Handed

OF_APPLICATION = "SELECT * FROM letter_requests WHERE application_id = $1 ORDER BY asked_at, request_id"
ASKER = "SELECT email_key, language FROM people WHERE person_id = $1"
INSERT = """
    INSERT INTO letter_requests (request_id, application_id, requirement, state, contact_id, referee_name,
        referee_email, referee_hash, asked_at, expires_at, next_reminder_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
UPDATE = """
    UPDATE letter_requests SET state = $2, referee_name = $3, referee_email = $4, expires_at = $5, reminded_at = $6,
        next_reminder_at = $7, settled_at = $8, undelivered_at = $9, undelivered_because = $10
    WHERE request_id = $1
"""
# Locks the person's row, so that a link is said in one order with the person's other events.
INSERT_LINK = """
    INSERT INTO letter_links (token_hash, request_id)
    SELECT $1::bytea, $2::uuid FROM people p WHERE p.person_id = $3 AND p.version = $4 FOR NO KEY UPDATE OF p
    RETURNING request_id
"""
SET_MAIL = "UPDATE letter_requests SET mail_id = $2 WHERE request_id = $1"
OF_MAIL = "SELECT request_id, application_id FROM letter_requests WHERE mail_id = $1"
KEEP = """
    INSERT INTO materials (application_id, requirement, artifact_id, kind, content, items, words, handed_in_at)
    VALUES ($1, $2, $3, $4, $5, '{}', $6, $7)
"""
OWNS = "SELECT EXISTS (SELECT FROM applications WHERE application_id = $1 AND person_id = $2)"
LED_TO = """
    SELECT r.request_id, r.application_id, a.person_id, p.name, p.erased
    FROM letter_links l JOIN letter_requests r USING (request_id) JOIN applications a USING (application_id)
    JOIN people p ON p.person_id = a.person_id
    WHERE l.token_hash = $1
"""
_CREDENTIAL = "JOIN credentials c ON c.slug = a.credential AND c.version = a.credential_version"
# A letter that is due after the submission is awaited until the decision (`letter_requirements.is_awaited`).
_AFTER = """
    (a.state IN ('submitted', 'in_review') AND c.definition -> 'requirements'
        @> jsonb_build_array(jsonb_build_object('key', r.requirement, 'due', 'after_submission')))
"""
_LEFT_BEHIND = "r.requirement LIKE '~%'"
DUE = f"""
    SELECT r.request_id, r.application_id, a.person_id, r.contact_id
    FROM letter_requests r JOIN applications a USING (application_id) {_CREDENTIAL}
    JOIN people p ON p.person_id = r.contact_id AND NOT p.erased
    WHERE r.next_reminder_at <= $1 AND r.expires_at > $1 AND NOT {_LEFT_BEHIND} AND (a.state = 'open' OR {_AFTER})
    ORDER BY r.next_reminder_at LIMIT $2
"""
# An application never opens again, so one look is enough. Requests that a move left behind may come back as long as
# their link is valid.
CLOSE = f"""
    UPDATE letter_requests r SET state = 'closed', referee_name = NULL, referee_email = NULL, next_reminder_at = NULL,
        settled_at = $1
    FROM applications a {_CREDENTIAL}
    WHERE a.application_id = r.application_id AND r.state = 'asked'
        AND (a.state <> 'open' AND NOT {_AFTER} OR {_LEFT_BEHIND} AND r.expires_at <= $1)
"""
_OPEN = "SELECT FROM letter_requests o WHERE o.contact_id = r.contact_id AND o.state = 'asked'"
SETTLED = f"""
    SELECT DISTINCT r.contact_id FROM letter_requests r WHERE r.contact_id IS NOT NULL AND NOT EXISTS ({_OPEN}) LIMIT $1
"""
LOCK_CONTACT = "SELECT kind, erased, version FROM people WHERE person_id = $1 FOR UPDATE"
NEEDED = """
    SELECT EXISTS (SELECT FROM letter_requests WHERE contact_id = $1 AND state = 'asked')
        OR EXISTS (SELECT FROM links WHERE person_id = $1 AND used_at IS NULL AND expires_at > $2)
"""
# A transaction that has read the person, to mail or to change them, must start again.
RAISE_VERSION = "UPDATE people SET version = version + 1 WHERE person_id = $1"
UNLINK = "UPDATE letter_requests SET contact_id = NULL WHERE contact_id = $1"
FORGET_LINKS = """
    DELETE FROM letter_links l USING letter_requests r
    WHERE r.request_id = l.request_id AND r.expires_at < $1
"""


@dataclass(frozen=True, slots=True)
class Asker:
    """The applicant: the key of their address, and their language."""

    email_key: str
    language: str


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The application and requirement of a request. `name` is the applicant's; empty after an erasure or if they gave
    none."""

    request_id: UUID
    application_id: UUID
    person_id: UUID
    name: str = ""
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A referee for whom nobody waits, with everything that is still kept of them."""

    kind: str
    erased: bool


async def of_application(tx: Tx, application_id: UUID) -> tuple[LetterRequest, ...]:
    """All requests of an application, the oldest first. Load the application before."""
    return tuple(request_from(row) for row in await tx.fetch(OF_APPLICATION, application_id))


async def owns(tx: Tx, application_id: UUID, person_id: UUID) -> bool:
    """Whether it is this person's application."""
    return bool(await tx.fetchval(OWNS, application_id, person_id))


async def asker(tx: Tx, person_id: UUID) -> Asker:
    """The applicant. They are signed in, so they exist."""
    row = await tx.fetchrow(ASKER, person_id)
    assert row is not None, "who asks is signed in"
    return Asker(row["email_key"], row["language"])


async def insert(tx: Tx, request: LetterRequest) -> None:
    """Add a new request. Save its application and its contact first."""
    await tx.note(
        INSERT,
        request.request_id,
        request.application_id,
        request.requirement,
        request.state.value,
        request.contact_id,
        request.name,
        request.email,
        request.referee_hash,
        request.asked_at,
        request.expires_at,
        request.next_reminder_at,
    )


async def save(tx: Tx, request: LetterRequest) -> None:
    """Save a changed request. Save its application first."""
    await tx.note(
        UPDATE,
        request.request_id,
        request.state.value,
        request.name or None,
        request.email or None,
        request.expires_at,
        list(request.reminded_at),
        request.next_reminder_at,
        request.settled_at,
        None if request.undelivered is None else request.undelivered.at,
        None if request.undelivered is None else request.undelivered.because,
    )


async def add_link(tx: Tx, token_hash: bytes, request: LetterRequest, says: LinkIssued) -> None:
    """Add a link to a request's referee in their present version, and have it mailed. That mail is the request's last
    one."""
    (mail_id,) = await tx.save(
        says.person_id, INSERT_LINK, token_hash, request.request_id, says.person_id, says.person_version, says=[says]
    )
    await tx.note(SET_MAIL, request.request_id, mail_id)


async def of_mail(tx: Tx, mail_id: UUID) -> tuple[UUID, UUID] | None:
    """The request whose last mail this was, and its application; None for any other mail."""
    row = await tx.fetchrow(OF_MAIL, mail_id)
    return None if row is None else (row["request_id"], row["application_id"])


async def keep(tx: Tx, application_id: UUID, letter: Handed) -> None:
    """Save a letter among the materials of its application. Save the application first."""
    await tx.note(
        KEEP,
        application_id,
        letter.requirement,
        letter.artifact_id,
        letter.kind,
        letter.content.model_dump(),
        letter.words,
        letter.handed_in_at,
    )


async def by_token(tx: Tx, token_hash: bytes) -> RequestKey | None:
    """The request to which a link leads."""
    row = await tx.fetchrow(LED_TO, token_hash)
    if row is None:
        return None
    name = "" if row["erased"] else row["name"]
    return RequestKey(row["request_id"], row["application_id"], row["person_id"], name)


async def due(tx: Tx, limit: int) -> list[RequestKey]:
    """Requests whose reminder is due now, up to a number."""
    return [
        RequestKey(row["request_id"], row["application_id"], row["person_id"], contact_id=row["contact_id"])
        for row in await tx.fetch(DUE, tx.now, limit)
    ]


async def close(tx: Tx) -> None:
    """Close requests of applications that are not open any more."""
    await tx.note(CLOSE, tx.now)


async def settled(tx: Tx, limit: int) -> list[UUID]:
    """Referees from whom nobody waits for a letter, up to a number."""
    return [row["contact_id"] for row in await tx.fetch(SETTLED, limit)]


async def lock_contact(tx: Tx, person_id: UUID) -> Contact | None:
    """A referee, locked: nobody else asks them until the end of the transaction."""
    row = await tx.lock(person_id, LOCK_CONTACT, person_id)
    return None if row is None else Contact(row["kind"], row["erased"])


async def needed(tx: Tx, person_id: UUID) -> bool:
    """Whether somebody waits for a letter of theirs, or they are about to sign in. Lock them first."""
    return bool(await tx.fetchval(NEEDED, person_id, tx.now))


async def overtake(tx: Tx, person_id: UUID) -> None:
    """Make transactions that read this person before start again. Lock them first."""
    await tx.execute(RAISE_VERSION, person_id)


async def unlink(tx: Tx, person_id: UUID) -> None:
    """Remove the person from all requests."""
    await tx.execute(UNLINK, person_id)


async def forget_links(tx: Tx, before: datetime) -> None:
    """Delete links that expired before."""
    await tx.note(FORGET_LINKS, before)


def request_from(row: asyncpg.Record) -> LetterRequest:
    """A request as PostgreSQL gives it."""
    return LetterRequest(
        request_id=row["request_id"],
        application_id=row["application_id"],
        requirement=row["requirement"],
        state=State(row["state"]),
        contact_id=row["contact_id"],
        name=row["referee_name"] or "",
        email=row["referee_email"] or "",
        referee_hash=row["referee_hash"],
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        reminded_at=tuple(row["reminded_at"]),
        next_reminder_at=row["next_reminder_at"],
        settled_at=row["settled_at"],
        undelivered=None
        if row["undelivered_at"] is None
        else Undelivered(row["undelivered_at"], row["undelivered_because"]),
    )
