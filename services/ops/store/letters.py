"""Dead letters, and the requests of operators."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from chassis.database.transaction import Tx
from services.ops.domain.letters import Filed, Letter, Request, State

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
        AND ($4::text IS NULL OR key = $4) AND ($5::text IS NULL OR type = $5)
        AND ($6::timestamptz IS NULL OR (at, id) > ($6, $7::uuid))
    ORDER BY at, id LIMIT $8
"""
LETTERS_AFTER = """
    SELECT * FROM letters
    WHERE state = 'filed' AND consumer = $1 AND topic = $2 AND key = $3 AND "offset" > $4 ORDER BY "offset" LIMIT $5
"""
TYPES_OF_LETTERS = "SELECT DISTINCT type FROM letters WHERE state = 'filed' AND type IS NOT NULL ORDER BY type"
FILED = """
    SELECT consumer, count(*) FILTER (WHERE NOT behind) AS dead, count(*) FILTER (WHERE behind) AS behind,
        min(at) AS since, (array_agg(type ORDER BY at, id))[1] AS type, (array_agg(error ORDER BY at, id))[1] AS error
    FROM letters WHERE state = 'filed' GROUP BY consumer ORDER BY consumer
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
REQUESTS_FOR = """
    SELECT kind, at, reason FROM requests WHERE message_ids @> ARRAY[$1::uuid] AND consumer = $2 ORDER BY at
"""
NOTE_REQUEST = """
    INSERT INTO requests (request_id, kind, consumer, topic, key, message_ids, asked_by, reason, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def lock_letters(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Letter]:
    """Lock these letters and return those that are known."""
    return {row["id"]: _letter(row) for row in await tx.fetch(LOCK_LETTERS, list(ids))}


async def save_letters(tx: Tx, letters: Sequence[Letter]) -> None:
    """Write new or known letters in one statement. Each id may come once."""
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
    kind: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Letter]:
    """Letters after a place in the list, the oldest first. `kind`: the type of the message."""
    at, letter_id = after if after is not None else (None, None)
    return [
        _letter(row) for row in await tx.fetch(LIST_LETTERS, state, consumer, topic, key, kind, at, letter_id, limit)
    ]


async def find_letters(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Letter]:
    """The known ones of these letters."""
    return {row["id"]: _letter(row) for row in await tx.fetch(FIND_LETTERS, list(ids))}


async def letters_after(tx: Tx, letter: Letter, limit: int) -> list[Letter]:
    """The first `limit` later filed letters of the same consumer, topic and key."""
    found = await tx.fetch(LETTERS_AFTER, letter.consumer, letter.topic, letter.key, letter.offset, limit)
    return [_letter(row) for row in found]


async def types_of_letters(tx: Tx) -> list[str]:
    """The types of messages that have filed letters."""
    return [row["type"] for row in await tx.fetch(TYPES_OF_LETTERS)]


async def filed(tx: Tx) -> list[Filed]:
    """The filed letters of each consumer, counted."""
    return [
        Filed(row["consumer"], row["dead"], row["behind"], row["since"], row["type"], row["error"])
        for row in await tx.fetch(FILED)
    ]


async def requests_for(tx: Tx, letter: Letter) -> list[Request]:
    """The requests of operators about a letter, in order."""
    found = await tx.fetch(REQUESTS_FOR, letter.message_id, letter.consumer)
    return [Request(row["kind"], row["at"], row["reason"]) for row in found]


async def filed_letters(tx: Tx, consumer: str | None, topic: str | None, key: str | None, limit: int) -> list[Letter]:
    """The first `limit` filed letters that fit a filter."""
    return [_letter(row) for row in await tx.fetch(CHOSEN_LETTERS, consumer, topic, key, limit)]


async def lock_up_to(tx: Tx, ids: Sequence[UUID]) -> list[Letter]:
    """Lock all filed letters of these letters' keys, up to the last of them in each key."""
    return [_letter(row) for row in await tx.fetch(LETTERS_BEFORE, list(ids))]


async def ask(tx: Tx, ids: Sequence[UUID], what: str) -> None:
    """Note a request of an operator on the letters."""
    await tx.execute(ASK, list(ids), what)


async def lock_keys(tx: Tx, keys: Sequence[str]) -> None:
    """Lock the rows of several Kafka keys in a fixed order. Missing rows are made."""
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
    """Keep a request, its sender and its reason."""
    await tx.execute(NOTE_REQUEST, uuid4(), kind, consumer, topic, key, list(message_ids), asked_by, reason, tx.now)


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
