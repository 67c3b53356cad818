"""All SQL of badging."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition
from contracts.envelope import Received
from contracts.event import Event
from contracts.events.catalog import CredentialPublished
from contracts.events.review import CaseDecided
from services.badging.domain import badges, status_lists
from services.badging.domain.badges import Badge, State, Verdict
from services.badging.domain.status_lists import Place

# people and decisions

LOCK_EARNERS = "SELECT person_id FROM people WHERE person_id = ANY($1) ORDER BY person_id FOR UPDATE"
SITUATION = """
    SELECT p.email, p.erased, c.definition,
        EXISTS (SELECT FROM decisions WHERE decision_id = $2) AS heard,
        EXISTS (SELECT FROM badges WHERE person_id = $1 AND achievement = $3 AND state = ANY($5)) AS holds
    FROM people p LEFT JOIN credentials c ON c.slug = $3 AND c.version = $4 WHERE p.person_id = $1
"""
RECORD = """
    INSERT INTO decisions (decision_id, person_id, verdict, message_id, correlation_id, decided_at, event, heard_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def lock_earners(tx: Tx, person_ids: Collection[UUID]) -> None:
    """Lock the rows of the earners who are known here."""
    await tx.lock_many(person_ids, LOCK_EARNERS, list(person_ids))


@dataclass(frozen=True, slots=True)
class Situation:
    """What an award depends on: the earner, whether the decision was heard before, whether they already hold the badge,
    and the definition."""

    email: str
    erased: bool
    heard: bool
    holds: bool
    definition: CredentialDefinition | None


async def situation(tx: Tx, event: CaseDecided) -> Situation | None:
    """Read everything that an award depends on. It loads the earner's row, which owns the key of events about their
    badges. None if the earner is not known here."""
    found = (event.person_id, event.decision_id, event.credential, event.credential_version, sorted(badges.LIVE))
    row = await tx.load(event.person_id, SITUATION, *found, lock="p")
    if row is None:
        return None
    return Situation(row["email"], row["erased"], row["heard"], row["holds"], _definition(row["definition"]))


async def record(tx: Tx, received: Received, event: CaseDecided, verdict: Verdict) -> None:
    """Write down a decision, its message and its verdict."""
    message = (received.id, received.correlation_id, received.time, event.model_dump(mode="json"))
    await tx.execute(RECORD, event.decision_id, event.person_id, verdict, *message, tx.now)


# definitions

PUT_CREDENTIAL = """
    INSERT INTO credentials (slug, version, change, definition) VALUES ($1, $2, $3, $4)
    ON CONFLICT (slug, version) DO UPDATE SET change = excluded.change, definition = excluded.definition
    WHERE credentials.change < excluded.change
"""
CREDENTIAL = "SELECT definition FROM credentials WHERE slug = $1 AND version = $2"
NEWEST_CREDENTIAL = (
    "SELECT definition FROM credentials WHERE slug = $1 AND definition ->> 'state' <>"
    " 'planned' ORDER BY version DESC LIMIT 1"
)


async def put_definition(tx: Tx, event: CredentialPublished) -> None:
    """Keep a version's definition, if it is newer than ours."""
    definition = event.definition
    await tx.execute(
        PUT_CREDENTIAL, definition.slug, definition.version, event.version, definition.model_dump(mode="json")
    )


async def definition(tx: Tx, slug: str, version: int) -> CredentialDefinition | None:
    """One version's definition, or None."""
    return _definition(await tx.fetchval(CREDENTIAL, slug, version))


async def newest_definition(tx: Tx, slug: str) -> CredentialDefinition | None:
    """The newest version that is not `planned`, or None."""
    return _definition(await tx.fetchval(NEWEST_CREDENTIAL, slug))


def _definition(found: Any) -> CredentialDefinition | None:
    return None if found is None else CredentialDefinition.model_validate(found)


# badges

BEFORE_ALL = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
"""The place before the first badge of a list."""

INSERT = """
    INSERT INTO badges (badge_id, decision_id, person_id, application_id, achievement, credential_version, state,
        version, awarded_at, created,
        list_number, list_index, document, credential)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (list_number, list_index) DO NOTHING
    RETURNING badge_id
"""
SAVE = """
    UPDATE badges SET state = $3, version = $4, credential = $5,
        document = CASE WHEN $6 THEN document END WHERE badge_id = $1 AND version = $2
    RETURNING badge_id
"""
ISSUED = "SELECT * FROM badges WHERE badge_id = $1 AND credential IS NOT NULL"
UNSIGNED_OF = "SELECT * FROM badges WHERE person_id = $1 AND state = 'unsigned' FOR UPDATE"
UNSIGNED = """
    SELECT b.*, d.message_id, d.correlation_id, d.decided_at, d.event FROM badges b JOIN decisions d USING (decision_id)
    WHERE b.state = 'unsigned' ORDER BY b.created LIMIT $1
"""
LOCK = "SELECT * FROM badges WHERE badge_id = ANY($1) ORDER BY badge_id FOR UPDATE"
OF_PERSON = """
    SELECT * FROM badges WHERE person_id = $1 AND credential IS NOT NULL AND (awarded_at, badge_id) > ($2, $3)
    ORDER BY awarded_at, badge_id LIMIT $4
"""


async def insert(tx: Tx, badge: Badge) -> bool:
    """Add a new badge. False if its place in the status lists was taken meanwhile."""
    values = (badge.achievement, badge.credential_version, badge.state, badge.version, badge.awarded_at, badge.created)
    place = (badge.list_number, badge.list_index, badge.document, badge.credential)
    return (
        await tx.fetchval(
            INSERT, badge.badge_id, badge.decision_id, badge.person_id, badge.application_id, *values, *place
        )
        is not None
    )


async def save(tx: Tx, before: Badge, after: Badge, says: Sequence[Event] = ()) -> None:
    """Write a badge's next version, and say its events. Its document may be deleted, but never changes."""
    keeps = after.document is not None
    state = (after.state, after.version, after.credential, keeps)
    await tx.save(before.person_id, SAVE, before.badge_id, before.version, *state, says=says)


async def issued(tx: Tx, badge_id: UUID) -> Badge | None:
    """A badge that is or was public, or None."""
    row = await tx.fetchrow(ISSUED, badge_id)
    return None if row is None else _badge(row)


async def unsigned(tx: Tx, most: int) -> list[tuple[Badge, Received]]:
    """Badges that wait for their signature, the longest wait first, with the messages of their decisions."""
    return [(_badge(row), _decided(row)) for row in await tx.fetch(UNSIGNED, most)]


async def unsigned_of(tx: Tx, person_id: UUID) -> list[Badge]:
    """Lock and return the person's badges that wait for their signature."""
    return [_badge(row) for row in await tx.fetch(UNSIGNED_OF, person_id)]


async def lock(tx: Tx, badge_ids: Sequence[UUID]) -> dict[UUID, Badge]:
    """Lock badges."""
    return {row["badge_id"]: _badge(row) for row in await tx.fetch(LOCK, list(badge_ids))}


async def of_person(tx: Tx, person_id: UUID, after: tuple[datetime, UUID], most: int) -> list[Badge]:
    """The person's badges after the place `after`, oldest first."""
    return [_badge(row) for row in await tx.fetch(OF_PERSON, person_id, *after, most)]


def _badge(row: asyncpg.Record) -> Badge:
    return Badge(
        badge_id=row["badge_id"],
        decision_id=row["decision_id"],
        person_id=row["person_id"],
        application_id=row["application_id"],
        achievement=row["achievement"],
        credential_version=row["credential_version"],
        state=State(row["state"]),
        version=row["version"],
        awarded_at=row["awarded_at"],
        created=row["created"],
        list_number=row["list_number"],
        list_index=row["list_index"],
        document=row["document"],
        credential=row["credential"],
    )


def _decided(row: asyncpg.Record) -> Received:
    event = CaseDecided.model_validate(row["event"])
    return Received(row["message_id"], CaseDecided.TYPE, row["decided_at"], row["correlation_id"], event)


# status lists

CURRENT_LIST = "SELECT max(number) FROM status_lists"
FREE = """
    SELECT number, guess FROM (SELECT max(number) AS number FROM status_lists) newest, unnest($1::integer[]) AS guess
    WHERE NOT EXISTS (SELECT FROM badges WHERE list_number = number AND list_index = guess) LIMIT 1
"""
OPEN_LISTS = "INSERT INTO status_lists (number, purpose) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING"
TOUCH = "UPDATE status_lists SET wanted = wanted + 1 WHERE number = $1 AND purpose = ANY($2)"
DUE = """
    SELECT number, purpose FROM status_lists
    WHERE published < wanted
        OR signed_at NOT BETWEEN $1 AND $2 OR signed_by <> $3 ORDER BY number, purpose
"""
LOCK_LIST = "SELECT * FROM status_lists WHERE number = $1 AND purpose = $2 FOR UPDATE"
BITS = "SELECT list_index FROM badges WHERE list_number = $1 AND state = ANY($2)"
PUBLISH = """
    UPDATE status_lists SET published = $4, version = version + 1, signed_at = $5, signed_by = $6, credential = $7
    WHERE number = $1 AND purpose = $2 AND version = $3
"""
PUBLISHED = "SELECT credential FROM status_lists WHERE number = $1 AND purpose = $2"


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list from its rows. `version`: the number of publications so far. `wanted`: the number of its content. `bits`:
    the places that are set."""

    number: int
    purpose: str
    version: int
    wanted: int
    bits: list[int]


async def free_place(tx: Tx, guesses: Sequence[int]) -> Place | None:
    """The first of `guesses` that is free in the newest list, or None."""
    row = await tx.fetchrow(FREE, list(guesses))
    return None if row is None else Place(row["number"], row["guess"])


async def open_next_lists(tx: Tx) -> None:
    """Begin the next pair of lists."""
    await tx.execute(OPEN_LISTS, await tx.fetchval(CURRENT_LIST) + 1, list(status_lists.PURPOSES))


async def touch_lists(tx: Tx, number: int, purposes: Collection[str]) -> None:
    """Mark these lists for publication, because bits of them change in this transaction."""
    await tx.execute(TOUCH, number, sorted(purposes))


async def due_lists(tx: Tx, oldest: datetime, newest: datetime, method: str) -> list[tuple[int, str]]:
    """The numbers and purposes of lists that are out of date, or were not signed between `oldest` and `newest` with
    this verification method."""
    return [(row["number"], row["purpose"]) for row in await tx.fetch(DUE, oldest, newest, method)]


async def derive_list(tx: Tx, number: int, purpose: str) -> StatusList:
    """Lock a list and read its present content."""
    row = await tx.fetchrow(LOCK_LIST, number, purpose)
    assert row is not None, "lists are never deleted"
    states = sorted(status_lists.SET_IN[purpose])
    bits = [found["list_index"] for found in await tx.fetch(BITS, number, states)]
    return StatusList(number, purpose, row["version"], row["wanted"], bits)


async def publish_list(tx: Tx, derived: StatusList, credential: bytes, signed_at: datetime, method: str) -> bool:
    """Replace the list's credential. False if a newer one is there."""
    done = await tx.execute(
        PUBLISH, derived.number, derived.purpose, derived.version, derived.wanted, signed_at, method, credential
    )
    return done == "UPDATE 1"


async def published_list(tx: Tx, number: int, purpose: str) -> bytes | None:
    """The list's credential as served, or None."""
    credential: bytes | None = await tx.fetchval(PUBLISHED, number, purpose)
    return credential
