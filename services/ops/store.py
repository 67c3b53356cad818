"""All SQL of `ops`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from chassis.database.transaction import Tx
from services.ops.domain.journal import Entry
from services.ops.domain.letters import Letter, State

ADD_ENTRIES = """
    INSERT INTO journal (topic, partition, "offset", time, type, id, correlation_id, causation_id, journey_id, key,
        value)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::text[], $6::uuid[], $7::uuid[],
        $8::uuid[], $9::uuid[],
        $10::text[], $11::bytea[])
    ON CONFLICT DO NOTHING
"""
JOURNEY = """SELECT * FROM journal WHERE journey_id = $1 ORDER BY time, topic, partition, "offset" LIMIT $2"""
PRUNE = "DELETE FROM journal WHERE topic = $1 AND time < $2"
LOCK_LETTERS = "SELECT * FROM letters WHERE id = ANY($1) ORDER BY id FOR UPDATE"
SAVE_LETTERS = """
    INSERT INTO letters (id, consumer, message_id, topic, partition, "offset", key, type, error, attempts, behind, at,
        state, asked)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::bigint[], $7::text[],
        $8::text[], $9::text[], $10::int[],
        $11::boolean[], $12::timestamptz[], $13::text[], $14::text[])
    ON CONFLICT (id) DO UPDATE SET error = excluded.error, attempts = excluded.attempts, behind = excluded.behind,
        at = excluded.at,
        state = excluded.state, asked = excluded.asked
"""
LIST_LETTERS = """
    SELECT * FROM letters
    WHERE state = $1 AND ($2::text IS NULL OR consumer = $2) AND ($3::text IS NULL OR topic = $3)
        AND ($4::text IS NULL OR key = $4)
        AND ($5::timestamptz IS NULL OR (at, id) > ($5, $6::uuid))
    ORDER BY at, id LIMIT $7
"""
FIND_LETTERS = "SELECT * FROM letters WHERE id = ANY($1)"
CHOSEN_LETTERS = """
    SELECT * FROM letters
    WHERE state = 'filed' AND ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR topic = $2)
        AND ($3::text IS NULL OR key = $3)
    ORDER BY consumer, topic, key, "offset" LIMIT $4
"""
LETTERS_BEFORE = """
    SELECT l.* FROM letters l
    JOIN (
        SELECT consumer, topic, key, max("offset") AS last FROM letters WHERE id = ANY($1) GROUP BY consumer, topic, key
    ) chosen USING (consumer, topic, key)
    WHERE l.state = 'filed' AND l."offset" <= chosen.last ORDER BY l.id FOR UPDATE OF l
"""
ASK = "UPDATE letters SET asked = $2 WHERE id = ANY($1) AND state = 'filed'"
LOCK_KEYS = """
    INSERT INTO request_keys (key) SELECT * FROM unnest($1::text[]) AS t (key) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING key
"""
NOTE_REQUEST = """
    INSERT INTO requests (request_id, kind, consumer, topic, key, message_ids, asked_by, reason, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def add_entries(tx: Tx, entries: Sequence[Entry]) -> None:
    """Write records into the journal, in one statement; one that is there already stays as it is."""
    await tx.execute(
        ADD_ENTRIES,
        [entry.topic for entry in entries],
        [entry.partition for entry in entries],
        [entry.offset for entry in entries],
        [entry.time for entry in entries],
        [entry.type for entry in entries],
        [entry.id for entry in entries],
        [entry.correlation_id for entry in entries],
        [entry.causation_id for entry in entries],
        [entry.journey_id for entry in entries],
        [entry.key for entry in entries],
        [entry.value for entry in entries],
    )


async def journey(tx: Tx, journey_id: UUID, limit: int) -> list[Entry]:
    """The records of one journey, in the order of time; the first `limit` of them."""
    return [_entry(row) for row in await tx.fetch(JOURNEY, journey_id, limit)]


async def prune(tx: Tx, topic: str, before: datetime) -> None:
    """Forget the records of a topic from before then."""
    await tx.execute(PRUNE, topic, before)


async def lock_letters(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Letter]:
    """Those of these letters that are known, locked."""
    return {row["id"]: _letter(row) for row in await tx.fetch(LOCK_LETTERS, list(ids))}


async def save_letters(tx: Tx, letters: Sequence[Letter]) -> None:
    """Write letters, new or known, in one statement; each id once."""
    await tx.execute(
        SAVE_LETTERS,
        [letter.id for letter in letters],
        [letter.consumer for letter in letters],
        [letter.message_id for letter in letters],
        [letter.topic for letter in letters],
        [letter.partition for letter in letters],
        [letter.offset for letter in letters],
        [letter.key for letter in letters],
        [letter.type for letter in letters],
        [letter.error for letter in letters],
        [letter.attempts for letter in letters],
        [letter.behind for letter in letters],
        [letter.at for letter in letters],
        [letter.state.value for letter in letters],
        [letter.asked for letter in letters],
    )


async def list_letters(
    tx: Tx,
    state: str,
    consumer: str | None,
    topic: str | None,
    key: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Letter]:
    """Letters, the oldest first, from after a place in that order."""
    at, letter_id = after if after is not None else (None, None)
    return [_letter(row) for row in await tx.fetch(LIST_LETTERS, state, consumer, topic, key, at, letter_id, limit)]


async def find_letters(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Letter]:
    """Those of these letters that are known."""
    return {row["id"]: _letter(row) for row in await tx.fetch(FIND_LETTERS, list(ids))}


async def filed_letters(tx: Tx, consumer: str | None, topic: str | None, key: str | None, limit: int) -> list[Letter]:
    """Filed letters that fit a filter; the first `limit` of them."""
    return [_letter(row) for row in await tx.fetch(CHOSEN_LETTERS, consumer, topic, key, limit)]


async def lock_up_to(tx: Tx, ids: Sequence[UUID]) -> list[Letter]:
    """All filed letters of the keys of these letters, up to the last of them in each key, locked."""
    return [_letter(row) for row in await tx.fetch(LETTERS_BEFORE, list(ids))]


async def ask(tx: Tx, ids: Sequence[UUID], what: str) -> None:
    """Note what an operator wants of filed letters."""
    await tx.execute(ASK, list(ids), what)


async def lock_keys(tx: Tx, keys: Sequence[str]) -> None:
    """Hold the rows of several Kafka keys, made where they are missing, in a fixed order."""
    await tx.lock_many(keys, LOCK_KEYS, sorted(set(keys)))


async def note_request(
    tx: Tx,
    kind: str,
    asked_by: UUID,
    *,
    consumer: str,
    topic: str = "",
    key: str = "",
    message_ids: Sequence[UUID] = (),
    reason: str = "",
) -> None:
    """Keep who asked for what, and why."""
    await tx.execute(NOTE_REQUEST, uuid4(), kind, consumer, topic, key, list(message_ids), asked_by, reason, tx.now)


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(
        row["topic"],
        row["partition"],
        row["offset"],
        row["time"],
        row["type"],
        row["id"],
        row["correlation_id"],
        row["causation_id"],
        row["journey_id"],
        row["key"],
        row["value"],
    )


def _letter(row: asyncpg.Record) -> Letter:
    return Letter(
        row["id"],
        row["consumer"],
        row["message_id"],
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        row["type"],
        row["error"],
        row["attempts"],
        row["behind"],
        row["at"],
        State(row["state"]),
        row["asked"],
    )
