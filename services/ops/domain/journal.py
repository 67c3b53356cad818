"""Records in the journal, and the records of a journey in the order of their causes."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from contracts.refusals import Text
from contracts.topics import TOPICS

LETTERS_PREFIX = "dlq."
MOST_TYPE = 200
"""The most characters of a type, and below of a key: more than any of ours has. The value keeps the original bytes."""
MOST_KEY = 1000
NOTHING = Text("There are no messages about this application, or they are not here yet.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. A field that is missing or cannot be read is None.

    `journey_id`: the application that the record is about (`data.application_id`, else a key that is an id), by which a
    journey is found. `value`: the original bytes. A record of a topic with personal data has only its coordinates,
    times, type and id. `time`: when it was said. `published_at`: when Kafka took it.
    """

    topic: str
    partition: int
    offset: int
    time: datetime
    type: str | None
    id: UUID | None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    journey_id: UUID | None = None
    key: str | None = None
    value: bytes | None = None
    published_at: datetime | None = None


def read(
    topic: str,
    partition: int,
    offset: int,
    timestamp: int,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
) -> Entry:
    """Read any record, even a broken one. This never fails. `timestamp` is Kafka's, in milliseconds since 1970.

    The headers come first, because a record without a body has them too. The body is read for what they do not say.
    """
    said = {name: text(raw) for name, raw in headers}
    personal = topic in TOPICS and TOPICS[topic].personal
    body = _body(value) if value is not None and not personal and _has_to_be_read(topic, said) else {}
    published_at = _kafka_time(timestamp)
    time = _time(said.get("time")) or _time(body.get("time")) or published_at
    known_type = said.get("type") or body.get("type")
    kind = text(known_type.encode("utf-8", "replace"))[:MOST_TYPE] if isinstance(known_type, str) else None
    identity = _uuid(said.get("id")) or _uuid(body.get("id"))
    if personal:
        return Entry(topic, partition, offset, time, kind, identity, published_at=published_at)
    data = body.get("data")
    about = _uuid(data.get("application_id")) if isinstance(data, dict) else None
    readable_key = None if key is None else text(key)[:MOST_KEY]
    return Entry(
        topic,
        partition,
        offset,
        time,
        kind,
        identity,
        _uuid(said.get("correlation_id")) or _uuid(body.get("correlation_id")),
        _uuid(said.get("causation_id")) or _uuid(body.get("causation_id")),
        about or _uuid(readable_key),
        readable_key,
        value,
        published_at,
    )


def by_cause(entries: Sequence[Entry]) -> list[Entry]:
    """Causes stand before their effects, otherwise the order is that of time. A dead letter stands after the record
    that it copies."""
    ordered = sorted(entries, key=lambda entry: (entry.time, entry.topic, entry.partition, entry.offset))
    first = {
        entry.id: n
        for n, entry in reversed(list(enumerate(ordered)))
        if entry.id is not None and not entry.topic.startswith(LETTERS_PREFIX)
    }
    follows: dict[int, list[int]] = {}
    open_causes = [0] * len(ordered)
    for n, entry in enumerate(ordered):
        causes = {first[cause] for cause in (entry.causation_id, entry.id) if cause in first} - {n}
        open_causes[n] = len(causes)
        for cause in causes:
            follows.setdefault(cause, []).append(n)
    ready = [n for n, count in enumerate(open_causes) if count == 0]
    told: list[int] = []
    seen: set[int] = set()
    rest = iter(range(len(ordered)))
    while len(told) < len(ordered):
        if not ready:  # a circle of causes is a mistake, but its records are still shown
            ready = [next(n for n in rest if n not in seen)]
        n = heapq.heappop(ready)
        if n in seen:
            continue
        seen.add(n)
        told.append(n)
        for following in follows.get(n, ()):
            open_causes[following] -= 1
            if open_causes[following] == 0:
                heapq.heappush(ready, following)
    return [ordered[n] for n in told]


def text(raw: bytes) -> str:
    """Bytes as text that PostgreSQL can store. Other characters are replaced."""
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")


def _has_to_be_read(topic: str, said: Mapping[str, str]) -> bool:
    """Whether the body is needed to find the application. It is not, if the topic's key is the application."""
    declared = TOPICS.get(topic)
    return "id" not in said or "type" not in said or declared is None or declared.key != "application_id"


def _body(value: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(value)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _uuid(found: object) -> UUID | None:
    if not isinstance(found, str):
        return None
    try:
        return UUID(found)
    except ValueError:
        return None


def _time(found: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(found))
        return None if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _kafka_time(timestamp: int) -> datetime:
    try:
        return datetime.fromtimestamp(timestamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
