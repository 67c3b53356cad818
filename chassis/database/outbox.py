"""Rows of the outbox: the events to be sent. A row is written in the same transaction as the change that it tells of,
and the relay sends it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from chassis.telemetry import current_traceparent
from contracts.envelope import Envelope, encode, header_texts
from contracts.topics import Topic

MOST_BYTES = 512 * 1024


class TooLarge(Exception):
    """The event is larger than 512 KB. Texts that people wrote must travel as claims."""


@dataclass(slots=True)
class OutboxRow:
    """One message as it will be sent; its headers are packed."""

    topic: str
    key: str
    headers: bytes
    payload: bytes | None
    compacted: bool


def row_of(envelope: Envelope[Any], topic: Topic, key: str, build: str) -> OutboxRow:
    """The row of an event that this build says. Raises TooLarge."""
    payload = encode(envelope)
    if payload is not None and len(payload) > MOST_BYTES:
        raise TooLarge(
            f"{envelope.type} has {len(payload)} bytes; at most {MOST_BYTES} travel: put texts into the object store"
        )
    packed = orjson.dumps(
        header_texts(envelope, build, current_traceparent())
    )  # all of them are ASCII, as `pack_headers` leaves it
    return OutboxRow(topic.name, key, packed, payload, topic.compacted)


def columns(rows: Sequence[OutboxRow], now: datetime) -> tuple[list[object], ...]:
    """The parameters of `INSERT_OUTBOX`."""
    return (
        [row.topic for row in rows],
        [row.key for row in rows],
        [row.headers for row in rows],
        [row.payload for row in rows],
        [row.compacted for row in rows],
        [now] * len(rows),
    )


def pack_headers(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """Headers as the value of one column. Any bytes are kept as they are."""
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in pairs])


def unpack_headers(packed: bytes) -> list[tuple[str, bytes]]:
    """The inverse of `pack_headers`."""
    return [(name, value.encode("latin-1", "replace")) for name, value in orjson.loads(packed)]
