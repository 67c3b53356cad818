"""The envelope of an event. It has the same bytes in the outbox, on Kafka, in a dead letter and in a replay.

    {"id", "time", "source", "type", "correlation_id", "causation_id", "data"}

`id`, `type`, `time`, `correlation_id` and the build are Kafka headers too; a tombstone (`PersonErased`) has only
headers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from contracts import events as _events
from contracts.event import EVENTS, Event, without_major

E = TypeVar("E", bound=Event)
Headers = Iterable[tuple[str, bytes | None]]

_ = _events  # the import fills EVENTS


class Envelope(BaseModel, Generic[E]):
    """An event with its identity: `id`, `time`, the service that says it (`source`), the story that it belongs to
    (`correlation_id`), and its cause (`causation_id`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    time: AwareDatetime
    source: str
    type: str
    correlation_id: UUID
    causation_id: UUID | None = None
    data: E


@dataclass(frozen=True, slots=True)
class Received:
    """A record that was read by its contract."""

    id: UUID
    type: str
    time: datetime
    correlation_id: UUID
    event: Event


class BrokenContract(Exception):
    """A record does not fit its contract. The text names the field, for a person."""


class UnknownType(Exception):
    """This build does not know the event type: the producer was deployed before this consumer."""

    def __init__(self, event_type: str) -> None:
        super().__init__(f"this build knows no event type {event_type!r}")
        self.event_type = event_type


_VERSION_AND_VARIANT, _VERSION_5 = 0xF << 76 | 0x3 << 62, 0x5 << 76 | 0x2 << 62
_ENVELOPES: dict[str, type[Envelope[Any]]] = {name: Envelope[cls] for name, cls in EVENTS.items()}  # type: ignore[valid-type]


def caused_id(cause: UUID, event_type: str, key: str, n: int) -> UUID:
    """The id of an event that a message caused, a UUID of version 5 (RFC 9562, 5.5). It is the same each time the
    message is handled.

    The major version is not part of it, so two major versions of one event have one id. `n` counts the events of one
    type and key with the same cause.
    """
    # The standard library's `uuid5` takes three times as long, which would be a tenth of the work for an event.
    digest = sha1(cause.bytes + f"{without_major(event_type)}:{key}:{n}".encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16]) & ~_VERSION_AND_VARIANT | _VERSION_5)


def encode(envelope: Envelope[Any]) -> bytes | None:
    """The value for Kafka; None for a tombstone."""
    return None if envelope.data.TOMBSTONE else envelope.model_dump_json().encode()


def headers(envelope: Envelope[Any], build: str, traceparent: str | None = None) -> list[tuple[str, bytes]]:
    """The Kafka headers beside the value."""
    return [(name, value.encode()) for name, value in header_texts(envelope, build, traceparent)]


def header_texts(envelope: Envelope[Any], build: str, traceparent: str | None = None) -> list[tuple[str, str]]:
    """`headers` before they are encoded (UTF-8)."""
    found = [
        ("id", str(envelope.id)),
        ("type", envelope.type),
        ("time", envelope.time.isoformat()),
        ("source", envelope.source),
        ("correlation_id", str(envelope.correlation_id)),
        ("build", build),
    ]
    if envelope.causation_id is not None:
        found.append(("causation_id", str(envelope.causation_id)))
    if traceparent is not None:
        found.append(("traceparent", traceparent))
    return found


def decode(topic: str, key: bytes | None, value: bytes | None, record_headers: Headers) -> Received:
    """Read one record of `topic`.

    Raises UnknownType for a type that this build does not know, BrokenContract for a body (or, without a body, headers)
    that does not fit.
    """
    found = {name: (raw or b"").decode("utf-8", "replace") for name, raw in record_headers}
    if value is None:
        return _decode_tombstone(topic, key, found)
    event_type = found.get("type") or _type_in(value)
    model = _ENVELOPES.get(event_type)
    if model is None:
        raise UnknownType(event_type)
    try:
        envelope = model.model_validate_json(value)
    except ValidationError as error:
        raise BrokenContract(explain(event_type, error)) from None
    if envelope.type != event_type:
        raise BrokenContract(f"the header says {event_type!r}, the body says {envelope.type!r}")
    event: Event = envelope.data
    if event.TOPIC.name != topic:
        raise BrokenContract(f"{event_type} belongs on topic {event.TOPIC.name}, not on {topic}")
    if key is None or key.decode("utf-8", "replace") != event.key:
        raise BrokenContract(f"the key is {key!r}; {event_type} must have {event.key!r}")
    return Received(envelope.id, event_type, envelope.time, envelope.correlation_id, event)


def explain(event_type: str, error: ValidationError) -> str:
    """A validation error in words: each field and what is wrong. Values are left out, because they may be personal."""
    faults = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)[:5]
    )
    return f"does not fit {event_type}: {faults}"


def _type_in(value: bytes) -> str:
    class OnlyType(BaseModel):
        type: str

    try:
        return OnlyType.model_validate_json(value).type
    except ValidationError as error:
        raise BrokenContract(explain("any contract", error)) from None


def _decode_tombstone(topic: str, key: bytes | None, found: Mapping[str, str]) -> Received:
    model = next((cls for cls in EVENTS.values() if cls.TOMBSTONE and cls.TOPIC.name == topic), None)
    if model is None:
        raise BrokenContract("an empty value, and this topic has no tombstones")
    said = found.get("type") or model.TYPE
    if said not in EVENTS:
        raise UnknownType(said)
    if said != model.TYPE:
        raise BrokenContract(f"an empty value, and the header says {said!r}, which has a body")
    if key is None:
        raise BrokenContract("a tombstone has no key, so it names nobody")
    try:
        event = model.model_validate({model.TOPIC.key: key.decode()})
        meta = _TombstoneHeaders.model_validate(found)
    except (ValidationError, UnicodeDecodeError) as error:
        reason = explain(model.TYPE, error) if isinstance(error, ValidationError) else "the key is not text"
        raise BrokenContract(reason) from None
    return Received(meta.id, model.TYPE, meta.time, meta.correlation_id or meta.id, event)


class _TombstoneHeaders(BaseModel):
    id: UUID
    time: AwareDatetime
    correlation_id: UUID | None = None
