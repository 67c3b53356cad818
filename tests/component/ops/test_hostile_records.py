"""Every record on a topic gets into the journal. Every record on `dlq.*` gets into the list or is skipped. Requests of
operators go on."""

import random
import re
from uuid import uuid4

from chassis.database.outbox import unpack_headers
from chassis.kafka.outcome import Record
from contracts.dead_letters import LetterHeaders
from contracts.topics import TOPICS
from tests.component.ops.conftest import Console

NOISE = random.Random(1).randbytes(400_000)
"""Bytes that cannot be compressed, as an index would."""
ODD_HEADERS = [
    (),
    (("\u00e9\x00", b"\xff"), ("type", b"\xff\x00" * 1_000), ("id", b"\x00"), ("time", b"0001-01-01T00:00:00+14:00")),
    tuple((f"h{n}", b"") for n in range(20_000)),
    (("id", b"1" * 5_000), ("time", b"9999-12-31T23:59:59-14:00"), ("correlation_id", b"\xed\xa0\x80")),
    (
        ("dlq-message-id", str(uuid4()).encode()),
        ("dlq-consumer", NOISE),
        ("dlq-topic", NOISE),
        ("dlq-offset", b"1"),
        ("dlq-partition", b"9" * 20),
    ),
]
ODD_VALUES = [
    None,
    b"",
    b"\xff\x00",
    b'{"id": 1e999, "type": {"a": []}, "data": {"application_id": "\\u0000"}}',
    b"[" * 100_000,
    NOISE,
]
ODD_KEYS = [None, b"", b"\xff\x00", NOISE, NOISE.hex().encode()]


def marks(consumer: str, **changes: object) -> list[tuple[str, bytes]]:
    fields = {
        "message_id": uuid4(),
        "consumer": consumer,
        "topic": "intake.applications",
        "partition": 0,
        "offset": 7,
        "error": "why",
    }
    return LetterHeaders(**(fields | {"at": "2026-03-02T12:00:00Z", "attempts": 1} | changes)).encode()  # type: ignore[arg-type]


async def test_any_record_on_any_topic_is_journaled(console: Console) -> None:
    ops = console.service
    ops.running.inbox.patience = 60
    odd = [(key, value, headers) for key in ODD_KEYS for value in ODD_VALUES[:5] for headers in ODD_HEADERS] + [
        (b"k", NOISE, ())
    ]
    before = await ops.database.pool.fetchval("SELECT count(*) FROM journal")
    topics = sorted(TOPICS)
    records = [
        Record(topics[n % len(topics)], 1, n, (-(2**63), -1, 2**63 - 1)[n % 3], key, value, headers)
        for n, (key, value, headers) in enumerate(odd)
    ]
    await ops.deliver_records(records)
    await ops.add_person(uuid4(), roles=("operator",))  # what comes after them is heard
    assert await ops.database.pool.fetchval("SELECT count(*) FROM journal") == before + len(records) + 1
    assert await ops.database.pool.fetchval("SELECT count(*) FROM held WHERE topic <> 'ops.redrives'") == 0
    assert await ops.database.pool.fetchval("SELECT max(length(type) + length(key)) FROM journal") <= 1_200
    assert await console.items("dead-letters") == []


async def test_a_letter_with_a_huge_key_is_listed_and_asked_for_by_the_key_that_its_consumer_knows(
    console: Console,
) -> None:
    ops = console.service
    keys = [NOISE, NOISE + b"!", b"\xff\x00", b""]
    records = [
        Record("dlq.payments", 0, n, 0, key, b"{}", (("type", NOISE), *marks("payments"))) for n, key in enumerate(keys)
    ]
    await ops.deliver_records(records)
    items = await console.items("dead-letters")
    assert {item["key"] for item in items} == {record.key_text for record in records}
    answer = await console.post("dead-letters/redrive", {"filter": {}}, **{"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 202
    asked = await console.asked()
    assert {event.letter_key for event in asked} == {record.key_text for record in records}  # type: ignore[attr-defined]


async def test_a_trace_that_is_none_does_not_go_onto_kafka(console: Console) -> None:
    session = console.service.session_for(console.operator)
    for parent in (b"\xe9" * 55, "\u00e9".encode() * 27 + b"x"):
        headers = [
            *((name.encode(), value.encode()) for name, value in session.items()),
            (b"traceparent", parent),
            (b"idempotency-key", uuid4().bytes.hex().encode()),
        ]
        answer = await console.service.client.post("/api/ops/consumers/payments/resume", headers=headers)
        assert answer.status_code == 202
    rows = await console.service.database.pool.fetch("SELECT headers FROM outbox WHERE topic = 'ops.redrives'")
    traces = [value for row in rows for name, value in unpack_headers(row["headers"]) if name == "traceparent"]
    assert [re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", one) is not None for one in traces] == [True, True]
