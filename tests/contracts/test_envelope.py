"""The envelope: every event that is written is read the same, and `decode` fails for any bytes only as it promises."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4, uuid5

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import check, generate
from contracts.envelope import BrokenContract, Envelope, Received, UnknownType, caused_id, decode, encode, headers
from contracts.event import EVENTS
from contracts.events.payments import FeePaid
from contracts.events.people import PersonErased
from contracts.records import Record
from contracts.topics import TOPICS
from tests.contracts.generated_events import envelopes

EXAMPLES = [Record.model_validate_json(path.read_bytes()) for path in sorted(check.FOLDER.glob("examples/*/full.json"))]
PAID = next(record for record in EXAMPLES if record.headers["type"] == "payments.fee.paid.v1")
ERASED = next(record for record in EXAMPLES if record.value is None)


@pytest.mark.parametrize("name", sorted(EVENTS))
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_said_is_read_the_same(name: str, data: st.DataObject) -> None:
    envelope = data.draw(envelopes(EVENTS[name]))
    value, key = encode(envelope), envelope.data.key.encode()
    received = decode(envelope.data.TOPIC.name, key, value, headers(envelope, "test"))
    assert received == Received(envelope.id, name, envelope.time, envelope.correlation_id, envelope.data)
    if value is None:
        assert EVENTS[name].TOMBSTONE
        return
    assert decode(envelope.data.TOPIC.name, key, value, []) == received
    assert list(validator(name).iter_errors(json.loads(value))) == []


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(generate.schema(EVENTS[name]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["id", "type", "time", "source", "correlation_id", "build", "traceparent"]) | st.text(
    max_size=6
)
RAW_HEADERS = st.lists(
    st.tuples(NAMES, st.none() | st.binary(max_size=20) | st.sampled_from([name.encode() for name in EVENTS])),
    max_size=6,
)


@given(
    topic=st.sampled_from(sorted(TOPICS)) | st.text(max_size=8),
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()),
    raw_headers=RAW_HEADERS,
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_garbage_is_refused_as_promised(
    topic: str, key: bytes | None, value: bytes | None, raw_headers: list[tuple[str, bytes | None]]
) -> None:
    with pytest.raises((BrokenContract, UnknownType)):
        decode(topic, key, value, raw_headers)


@given(record=st.sampled_from([record for record in EXAMPLES if record.value is not None]), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_spoilt_record_is_refused_as_promised_or_still_fits(record: Record, data: st.DataObject) -> None:
    value = json.loads(record.bytes or b"")
    node, path = value, []
    while isinstance(node, dict | list) and node and (not path or data.draw(st.booleans())):
        name = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        parent, node = node, node[name]
        path.append(name)
    parent[path[-1]] = data.draw(JSON)
    spoilt = json.dumps(value).encode()
    cut = data.draw(st.integers(0, len(spoilt)) | st.just(len(spoilt)))
    try:
        received = decode(record.topic, record.key.encode(), spoilt[:cut], [("type", record.headers["type"].encode())])
    except (BrokenContract, UnknownType):
        return
    assert received.type == record.headers["type"]


def read(record: Record, **changes: Any) -> Received:
    """Decode a record with some of topic, key, value, headers changed; a header of None is left out."""
    raw_headers = record.headers | changes.get("headers", {})
    return decode(
        changes.get("topic", record.topic),
        changes.get("key", record.key.encode()),
        changes.get("value", record.bytes),
        [(name, text.encode()) for name, text in raw_headers.items() if text is not None],
    )


def body(**changes: Any) -> bytes:
    """The body of the example of a paid fee with fields of the envelope changed."""
    return json.dumps((PAID.value or {}) | changes).encode()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "not JSON": (
        {"value": b"{"},
        "does not fit payments.fee.paid.v1: body: Invalid JSON: EOF while parsing an object at line 1 column 1",
    ),
    "empty": (
        {"value": b""},
        "does not fit payments.fee.paid.v1: body: Invalid JSON: EOF while parsing a value at line 1 column 0",
    ),
    "no value": ({"value": None}, "an empty value, and this topic has no tombstones"),
    "no zone": (
        {"value": body(time="2026-03-02T15:04:05")},
        "does not fit payments.fee.paid.v1: time: Input should have timezone info",
    ),
    "field missing": (
        {"value": body(data={"application_id": str(UUID(int=1)), "amount": {"amount_minor": 1}})},
        "does not fit payments.fee.paid.v1: data.person_id: Field required",
    ),
    "field wrong": (
        {"value": body(data=(PAID.value or {})["data"] | {"amount": {"amount_minor": -1}})},
        "does not fit payments.fee.paid.v1: data.amount.amount_minor: Input should be greater than or equal to 0",
    ),
    "two types": (
        {"value": body(type="payments.fee.waived.v1")},
        "the header says 'payments.fee.paid.v1', the body says 'payments.fee.waived.v1'",
    ),
    "another topic": (
        {"topic": "review.cases"},
        "payments.fee.paid.v1 belongs on topic payments.fees, not on review.cases",
    ),
    "another key": ({"key": b"k"}, f"the key is b'k'; payments.fee.paid.v1 must have {PAID.key!r}"),
    "no key": ({"key": None}, f"the key is None; payments.fee.paid.v1 must have {PAID.key!r}"),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_broken_record_says_what_is_wrong(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BrokenContract) as caught:
        read(PAID, **changes)
    assert str(caught.value) == reason


REFUSED_TOMBSTONES: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"key": None}, "a tombstone has no key, so it names nobody"),
    "key is no id": ({"key": b"k"}, "does not fit intake.person.erased.v1: person_id: Input should be a valid UUID"),
    "key is no text": ({"key": b"\xff"}, "the key is not text"),
    "no id": ({"headers": {"id": None}}, "does not fit intake.person.erased.v1: id: Field required"),
    "no time": ({"headers": {"time": None}}, "does not fit intake.person.erased.v1: time: Field required"),
    "a type with a body": (
        {"headers": {"type": "intake.person.described.v1"}},
        "an empty value, and the header says 'intake.person.described.v1', which has a body",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED_TOMBSTONES.values(), ids=REFUSED_TOMBSTONES)
def test_a_broken_tombstone_says_what_is_wrong(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BrokenContract) as caught:
        read(ERASED, **changes)
    assert str(caught.value).startswith(reason)


def test_a_reason_never_repeats_a_value() -> None:
    record = next(record for record in EXAMPLES if record.headers["type"] == "intake.person.described.v1")
    value = json.loads(record.bytes or b"")
    value["data"] |= {
        "email": ["secret@example.org"],
        "sessions_valid_from": "secret",
        "roles": "secret",
        "version": "secret",
    }
    with pytest.raises(BrokenContract) as caught:
        read(record, value=json.dumps(value).encode())
    assert str(caught.value).count(";") == 3
    assert "secret" not in str(caught.value)


def test_a_type_of_the_future_is_told_apart_by_header_or_by_body() -> None:
    newer = body(type="payments.fee.paid.v2", data={"amount": "60"})
    for raw_headers in ({"type": "payments.fee.paid.v2"}, {"type": None}):
        with pytest.raises(UnknownType) as caught:
            read(PAID, value=newer, headers=raw_headers)
        assert caught.value.event_type == "payments.fee.paid.v2"


def test_two_majors_of_one_fact_have_one_id_and_two_facts_have_two() -> None:
    cause = uuid4()
    paid = read(PAID).event
    assert isinstance(paid, FeePaid)
    assert caused_id(cause, paid.TYPE, paid.key, 0) == caused_id(cause, "payments.fee.paid.v2", paid.key, 0)
    other = (
        caused_id(cause, paid.TYPE, paid.key, 1),
        caused_id(uuid4(), paid.TYPE, paid.key, 0),
        caused_id(cause, "payments.fee.due.v1", paid.key, 0),
    )
    assert len({caused_id(cause, paid.TYPE, paid.key, 0), *other}) == 4


@given(cause=st.uuids(), key=st.text(), n=st.integers(min_value=0, max_value=99))
def test_the_id_of_what_a_message_caused_is_a_uuid_of_version_5(cause: UUID, key: str, n: int) -> None:
    assert caused_id(cause, "payments.fee.paid.v1", key, n) == uuid5(cause, f"payments.fee.paid:{key}:{n}")


def test_a_tombstone_has_headers_and_no_value() -> None:
    erased = PersonErased(person_id=UUID(int=7))
    at = datetime(2026, 3, 2, tzinfo=UTC)
    envelope = Envelope[PersonErased](
        id=UUID(int=1),
        time=at,
        source="intake",
        type=erased.TYPE,
        correlation_id=UUID(int=2),
        causation_id=UUID(int=3),
        data=erased,
    )
    assert encode(envelope) is None
    assert dict(headers(envelope, "b1", "00-trace")) == {
        "id": str(UUID(int=1)).encode(),
        "type": b"intake.person.erased.v1",
        "time": b"2026-03-02T00:00:00+00:00",
        "source": b"intake",
        "correlation_id": str(UUID(int=2)).encode(),
        "build": b"b1",
        "causation_id": str(UUID(int=3)).encode(),
        "traceparent": b"00-trace",
    }
