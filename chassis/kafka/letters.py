"""Held records: they wait for something, are dead, or stand behind such a record. All statements on their table are
here.

A held record holds its (topic, key) in this consumer: later records of that key are filed behind it, in order, without
a try. Compacted topics hold nothing, because their newest record says everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from chassis.database.outbox import OutboxRow, pack_headers, unpack_headers
from chassis.database.transaction import Tx
from chassis.kafka.outcome import Record, storable
from contracts.dead_letters import LetterHeaders
from contracts.topics import DEAD_LETTERS, OPS_REDRIVES, TOPICS

MOST_COPIED_BYTES = 900_000
MOST_COPIED_HEADERS = 32_768
"""The most bytes in a copy: of the value, and of the record's own headers with their names. With the key and our own
headers the copy stays below 1 MB, the bound of a topic."""

MARK_INBOX = """
    INSERT INTO inbox (message_id, status, at) VALUES ($1, $2, $3)
    ON CONFLICT (message_id) DO UPDATE SET status = excluded.status
"""
FILE = """
    INSERT INTO held
        (message_id, state, topic, partition, "offset", timestamp, key, raw_key, headers, payload, waits_for, behind,
            error, attempts, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
CLAIM = "UPDATE inbox SET status = 'done' WHERE message_id = $1 AND status IN ('waiting', 'dead') RETURNING message_id"
CLAIM_OWN_ID = (
    "INSERT INTO inbox (message_id, status, at) VALUES ($1, 'done', $2) ON CONFLICT DO NOTHING RETURNING message_id"
)
BURY = (
    "UPDATE held SET state = 'dead', waits_for = NULL, behind = false, error = $2,"
    " attempts = $3, asked = NULL WHERE message_id = $1"
)
WAIT = "UPDATE held SET state = 'waiting', waits_for = $2, behind = false, asked = NULL WHERE message_id = $1"
DELETE = "DELETE FROM held WHERE message_id = $1"
NEXT = """SELECT * FROM held WHERE topic = $1 AND key = $2 AND "offset" > $3 ORDER BY "offset" LIMIT 1 FOR UPDATE"""
PROMOTE = "UPDATE held SET state = 'dead', behind = false, asked = coalesce(asked, 'redrive') WHERE message_id = $1"
WAITING_FOR = "SELECT * FROM records_waiting_for($1)"
LOCK_POSITION = "SELECT 1 FROM positions WHERE topic = $1 AND partition = $2 FOR UPDATE"
ASK_REDRIVE = """
    UPDATE held SET asked = 'redrive' WHERE topic = $1 AND key = $2 AND state = 'dead' AND NOT behind
    AND "offset" <= (SELECT max("offset") FROM held WHERE message_id = ANY($3))
"""
ASK_DISCARD = (
    "UPDATE held SET asked = 'discard' WHERE topic = $1 AND key = $2 AND message_id = ANY($3) AND state = 'dead'"
)
ASKED = """SELECT * FROM held WHERE asked IS NOT NULL AND NOT behind ORDER BY topic, partition, "offset" LIMIT 1"""
WAITED_TOO_LONG = (
    "SELECT * FROM held WHERE waits_for IS NOT NULL AND at < $1 ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED"
)


class State(StrEnum):
    """Why a record is held."""

    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Letter:
    """A held record. `asked`: what an operator has asked to be done with it."""

    message_id: UUID
    state: State
    record: Record
    waits_for: str | None
    behind: bool
    error: str
    attempts: int
    at: datetime
    asked: str | None = None


def holds(topic: str) -> bool:
    """Whether a held record of this topic holds its key. Requests of operators do not: otherwise a broken request would
    hold back the request to discard it."""
    return not TOPICS[topic].compacted and topic != OPS_REDRIVES.name


def forgotten(letter: Letter) -> bool:
    """Whether the letter's bytes were erased with its person, so that nothing can be done with it any more."""
    return letter.record.value is None and TOPICS[letter.record.topic].personal


async def file(tx: Tx, consumer: str, letter: Letter) -> None:
    """Hold a record. A dead one, or one behind it, is also copied to the consumer's dead letter topic."""
    record = letter.record
    await tx.execute(MARK_INBOX, letter.message_id, letter.state.value, tx.now)
    await tx.execute(
        FILE,
        letter.message_id,
        letter.state.value,
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key_text,
        record.key,
        pack_headers(record.headers),
        record.value,
        None if letter.behind else letter.waits_for,
        letter.behind,
        storable(letter.error),
        letter.attempts,
        letter.at,
    )
    if letter.state is State.DEAD:
        _copy(tx, consumer, letter, "filed")


async def claim(tx: Tx, letter: Letter) -> bool:
    """Take a held record for handling in this transaction. False if somebody else has taken it, or it was discarded."""
    return await tx.fetchrow(CLAIM, letter.message_id) is not None


async def claim_own_id(tx: Tx, message_id: UUID) -> bool:
    """Add the inbox row of an id that could not be read when the record was filed. False if that message was handled
    already."""
    return await tx.fetchrow(CLAIM_OWN_ID, message_id, tx.now) is not None


async def bury(tx: Tx, consumer: str, letter: Letter, error: str, attempts: int) -> None:
    """Make a held record (again) a dead letter, the first of its key."""
    await tx.execute(MARK_INBOX, letter.message_id, "dead", tx.now)
    await tx.execute(BURY, letter.message_id, storable(error), attempts)
    _copy(tx, consumer, replace(letter, state=State.DEAD, error=error, attempts=attempts, behind=False), "filed")


async def wait_again(tx: Tx, consumer: str, letter: Letter, thing: str) -> None:
    """Let a held record wait for something (else)."""
    await tx.execute(MARK_INBOX, letter.message_id, "waiting", tx.now)
    await tx.execute(WAIT, letter.message_id, thing)
    if letter.state is State.DEAD:
        _copy(tx, consumer, letter, "redriven")


async def settle(tx: Tx, consumer: str, letter: Letter, outcome: str) -> None:
    """End the hold of a record: it is `redriven` or `discarded`."""
    await tx.execute(DELETE, letter.message_id)
    await tx.execute(MARK_INBOX, letter.message_id, "discarded" if outcome == "discarded" else "done", tx.now)
    if letter.state is State.DEAD:
        _copy(tx, consumer, letter, outcome)


async def next_behind(tx: Tx, letter: Letter) -> Letter | None:
    """The record right behind a letter of this key. None if there is none, or if it is a letter itself."""
    row = await tx.fetchrow(NEXT, letter.record.topic, letter.record.key_text, letter.record.offset)
    return None if row is None or not row["behind"] else _letter(row)


async def promote(tx: Tx, letter: Letter) -> None:
    """Make this record the first of its key, because the one before it is settled."""
    await tx.execute(PROMOTE, letter.message_id)


async def waiting_for(tx: Tx, things: Sequence[str]) -> list[Letter]:
    """The records that wait for these things. Locks keep new waiting records out meanwhile, so that none is missed."""
    return [_letter(row) for row in await tx.fetch(WAITING_FOR, things)]


async def lock_position(tx: Tx, letter: Letter) -> None:
    """Lock the position, so that nothing is filed behind this letter until the commit."""
    await tx.fetchrow(LOCK_POSITION, letter.record.topic, letter.record.partition)


async def ask_redrive(tx: Tx, topic: str, key: str, message_ids: Sequence[UUID]) -> None:
    """Note that an operator wants the letters of this key taken again, up to the last one named."""
    await tx.execute(ASK_REDRIVE, topic, key, list(message_ids))


async def ask_discard(tx: Tx, topic: str, key: str, message_ids: Sequence[UUID]) -> None:
    """Note that an operator gives up these letters."""
    await tx.execute(ASK_DISCARD, topic, key, list(message_ids))


async def asked(tx: Tx) -> Letter | None:
    """The first letter with an open request of an operator."""
    row = await tx.fetchrow(ASKED)
    return None if row is None else _letter(row)


async def waited_too_long(tx: Tx, before: datetime) -> list[Letter]:
    """Some records that have waited since before this time."""
    return [_letter(row) for row in await tx.fetch(WAITED_TOO_LONG, before)]


def _copy(tx: Tx, consumer: str, letter: Letter, outcome: str) -> None:
    record = letter.record
    topic = DEAD_LETTERS[consumer].name
    if record.topic == topic:  # dead letters of the journal itself are not copied
        return
    marks = LetterHeaders(
        message_id=letter.message_id,
        consumer=consumer,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        error=letter.error[:2000].encode("ascii", "backslashreplace").decode(),
        attempts=letter.attempts,
        behind=letter.behind,
        at=tx.now,
        outcome=outcome,
    )
    copied = outcome == "filed" and not TOPICS[record.topic].personal and len(record.value or b"") <= MOST_COPIED_BYTES
    packed = pack_headers([*_few(record.headers), *marks.encode()])
    tx.rows.append(OutboxRow(topic, record.key_text, packed, record.value if copied else None, compacted=False))


def _few(headers: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The first headers, as many as a copy has room for."""
    room = MOST_COPIED_HEADERS
    few = []
    for name, value in headers:
        room -= len(name.encode()) + len(value) + 10
        if room < 0:
            break
        few.append((name, value))
    return few


def _letter(row: asyncpg.Record) -> Letter:
    record = Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["timestamp"],
        row["raw_key"],
        row["payload"],
        tuple(unpack_headers(row["headers"])),
    )
    return Letter(
        row["message_id"],
        State(row["state"]),
        record,
        row["waits_for"],
        row["behind"],
        row["error"],
        row["attempts"],
        row["at"],
        row["asked"],
    )
