"""Batches read without trust: what aiokafka can read is read the same, and broken batches are told apart as far as
possible."""

import struct
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from chassis.kafka.batches import Unreadable, first_records

PLACE = TopicPartition("payments.fees", 1)
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 0x08, 0x10, 0x20
ABORT, COMMIT = b"\x00\x00\x00\x00", b"\x00\x00\x00\x01"
NAME = "\u00e9 name"


def batch(
    records: list[tuple[Any, ...]],
    base: int = 0,
    codec: int = 0,
    attributes: int = 0,
    producer: int = -1,
    name: bytes | None = None,
) -> bytes:
    """Records (timestamp, key, value, headers), or (offset in the batch, timestamp, ...), as Kafka keeps them. `name`
    stands for NAME's bytes."""
    builder = _DefaultRecordBatchBuilderPy(2, 0 if name else codec, 0, producer, 0, 0, 1 << 24)
    for n, (*place, timestamp, key, value, headers) in enumerate(records):
        builder.append(place[0] if place else n, timestamp, key, value, headers)
    built = bytearray(builder.build())
    if name is not None:
        assert len(name) == len(NAME.encode())
        built = built.replace(NAME.encode(), name)
    struct.pack_into(">q", built, 0, base)
    struct.pack_into(">h", built, 21, struct.unpack_from(">h", built, 21)[0] | attributes)
    struct.pack_into(">I", built, 17, calc_crc32c(bytes(built[21:])))
    return bytes(built)


def mark(key: bytes, base: int, producer: int) -> bytes:
    """The end of a transaction."""
    return batch([(1, key, b"", [])], base, attributes=CONTROL | TRANSACTIONAL, producer=producer)


def one(offset: int, value: bytes, **changes: Any) -> ConsumerRecord:
    fields = {
        "timestamp": 1,
        "timestamp_type": 0,
        "key": b"k",
        "checksum": None,
        "serialized_key_size": 1,
        "headers": (),
    }
    return ConsumerRecord(
        **{"topic": PLACE.topic, "partition": 1, "offset": offset, "value": value, "serialized_value_size": len(value)}
        | fields
        | changes
    )


bits = st.none() | st.binary(max_size=200)
headers = st.lists(st.tuples(st.text(max_size=8), bits), max_size=3)
some = st.lists(st.tuples(st.integers(-(2**40), 2**40), bits, bits, headers), min_size=1, max_size=5)


@given(
    records=some,
    base=st.integers(0, 2**40),
    codec=st.integers(0, 4),
    attributes=st.sampled_from([0, LOG_APPEND_TIME]),
    skipped=st.integers(0, 3),
)
def test_what_aiokafka_reads_is_read_the_same(
    records: list[Any], base: int, codec: int, attributes: int, skipped: int
) -> None:
    raw, offset = batch(records, base, codec, attributes), base + min(skipped, len(records) - 1)
    as_aiokafka = list(PartitionRecords(PLACE, MemoryRecords(raw), [], offset, None, None, True, READ_COMMITTED))
    for record in as_aiokafka:
        record.timestamp_type = 0
    assert first_records(PLACE, raw, [], offset) == (as_aiokafka, base + len(records))


@pytest.mark.parametrize("name", [b"\xff\xfe name", b"\xed\xa0na me", b"\x80xxxxxx"])
def test_a_record_whose_header_has_a_name_that_is_no_text_is_named_and_its_neighbours_are_read(name: bytes) -> None:
    raw = batch([(1, b"k", b"1", []), (1, b"k", b"2", [("a", b"x"), (NAME, None)]), (1, b"k", b"3", [])], name=name)
    (before, odd, after), end = first_records(PLACE, raw, [], 0)
    assert ([before, after], end) == ([one(0, b"1"), one(2, b"3")], 3)
    text = name.decode("utf-8", "backslashreplace")
    assert isinstance(odd, Unreadable)
    assert (odd.offset, odd.value, odd.headers) == (1, b"2", (("a", b"x"), (text, None)))
    assert odd.fault == f"the name of a header is not UTF-8: {text}"


def test_one_batch_at_a_time_and_whole_ones_only() -> None:
    first, second = batch([(1, b"k", b"1", [])]), batch([(1, b"k", b"2", [])], 1)
    raw = first + second + batch([(1, b"k", b"3", [])], 2)[:-1]
    assert first_records(PLACE, raw, [], 0) == ([one(0, b"1")], 1)
    assert first_records(PLACE, raw, [], 1) == ([one(1, b"2")], 2)
    assert first_records(PLACE, raw, [], 2) == first_records(PLACE, b"", [], 2) == ([], 2)


def test_gaps_that_compaction_left_are_passed() -> None:
    empty = bytearray(batch([(1, b"k", b"1", [])], 5)[:61])
    struct.pack_into(">i", empty, 8, len(empty) - 12)
    struct.pack_into(">i", empty, 57, 0)
    struct.pack_into(">I", empty, 17, calc_crc32c(bytes(empty[21:])))
    assert first_records(PLACE, bytes(empty), [], 5) == ([], 6)
    raw = batch([(2, 1, b"k", b"1", []), (9, 1, b"k", b"2", [])], 10)
    assert first_records(PLACE, raw, [], 11) == ([one(12, b"1"), one(19, b"2")], 20)
    assert first_records(PLACE, raw, [], 13) == ([one(19, b"2")], 20)


def test_records_of_aborted_transactions_and_marks_are_passed_over() -> None:
    said = [(1, b"k", b"1", [])]
    raw = b"".join(
        [
            batch(said, 0, attributes=TRANSACTIONAL, producer=7),
            mark(ABORT, 1, 7),
            batch(said, 2, attributes=TRANSACTIONAL, producer=8),
            mark(COMMIT, 3, 8),
            batch([(1, b"k", b"2", [])], 4, attributes=TRANSACTIONAL, producer=7),
            mark(COMMIT, 5, 7),
        ]
    )
    aborted = [(7, 0)]
    assert first_records(PLACE, raw, aborted, 0) == ([one(2, b"1")], 3)
    assert first_records(PLACE, raw, aborted, 3) == ([one(4, b"2")], 5)
    assert first_records(PLACE, raw, aborted, 5) == ([], 6)
    assert first_records(PLACE, raw[: raw.index(mark(ABORT, 1, 7))], aborted, 0) == ([], 1)


@pytest.mark.parametrize("codec", [1, 2, 3, 4, 5, 6, 7])
def test_a_batch_whose_records_cannot_be_told_apart_is_one_record_with_all_its_bytes(codec: int) -> None:
    raw = batch([(5, b"k", b"1", []), (5, b"k", b"2", [])], 40, attributes=codec)
    (odd,), end = first_records(PLACE, raw, [], 40)
    assert isinstance(odd, Unreadable)
    assert (odd.offset, odd.timestamp, odd.key, odd.value, odd.headers, end) == (41, 5, None, raw[61:], (), 42)
    assert odd.fault.startswith("the records 40 to 41 cannot be separated: ")


def test_lengths_that_lie_are_not_believed() -> None:
    for at in range(61, 75):
        raw = bytearray(batch([(1, b"key", b"value", [("name", b"content")])]))
        raw[at] = 0x7F
        struct.pack_into(">I", raw, 17, calc_crc32c(bytes(raw[21:])))
        records, end = first_records(PLACE, bytes(raw), [], 0)
        assert (len(records), end) == (1, 1)


def test_bytes_that_are_not_those_that_were_written_are_refused() -> None:
    raw = bytearray(batch([(1, b"k", b"1", [])]))
    raw[-3] ^= 1
    with pytest.raises(CorruptRecordException, match=r"payments\.fees/1: the batch at 0 is not as it was written"):
        first_records(PLACE, bytes(raw), [], 0)
