"""Reads Kafka's record batches without trusting them. It is for records that aiokafka cannot read, such as one with a
header name that is not UTF-8.

The format is Kafka's message format 2 (kafka.apache.org, "Message Format"); since Kafka 4 no other can be written.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.errors import CorruptRecordException
from aiokafka.record.util import calc_crc32c

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH = struct.Struct(">qi")
_AFTER_CRC = struct.calcsize(">qiibI")
_ABORT = b"\x00\x00\x00\x00"
"""The key of a control record that ends a transaction whose records do not count."""
_DECODERS: Mapping[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


@dataclass
class Unreadable(ConsumerRecord):  # type: ignore[misc]
    """A record that breaks Kafka's own rules, with the parts that could be read. `fault` says what is wrong, for a
    person."""

    fault: str


class _Batch(NamedTuple):
    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    first_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    number_of_records: int

    @property
    def next_offset(self) -> int:
        return self.base_offset + self.last_offset_delta + 1

    @property
    def transactional(self) -> bool:
        return bool(self.attributes & 0x10)

    @property
    def control(self) -> bool:
        return bool(self.attributes & 0x20)


class _Cursor:
    """Reads a batch's body from front to back. Raises ValueError where it ends too early."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def number(self) -> int:
        """A variable-length number, zigzag encoded."""
        value = shift = 0
        while True:
            if self.at >= len(self.body) or shift > 63:
                raise ValueError("a number does not end")
            byte = self.body[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def bytes(self) -> bytes | None:
        """As many bytes as the number before them says; None if that number is negative."""
        length = self.number()
        if length < 0:
            return None
        if self.at + length > len(self.body):
            raise ValueError("it ends too early")
        self.at += length
        return self.body[self.at - length : self.at]


def first_records(
    place: TopicPartition, raw: bytes, aborted: Sequence[tuple[int, int]], offset: int
) -> tuple[list[ConsumerRecord], int]:
    """The records of the first batch that has records from `offset` on, and the offset after that batch.

    `raw` and `aborted` (producer and first offset) come from Kafka's answer to a fetch. Records of aborted transactions
    and transaction markers are left out. Raises CorruptRecordException if the bytes are not those that were written.
    """
    to_come = sorted(aborted, key=lambda one: one[1])
    not_counting: set[int] = set()
    for batch, body in _batches(place, raw):
        while to_come and to_come[0][1] <= batch.base_offset:
            not_counting.add(to_come.pop(0)[0])
        if batch.control:
            if (marks := _read(place, batch, body)) and marks[0].key == _ABORT:
                not_counting.discard(batch.producer_id)
        elif batch.next_offset > offset and not (batch.transactional and batch.producer_id in not_counting):
            return [one for one in _read(place, batch, body) if one.offset >= offset], batch.next_offset
        offset = max(offset, batch.next_offset)
    return [], offset


def _batches(place: TopicPartition, raw: bytes) -> Iterator[tuple[_Batch, bytes]]:
    """Each whole batch; Kafka may cut off the last."""
    at = 0
    while at + _HEADER.size <= len(raw):
        end = at + _LENGTH.size + _LENGTH.unpack_from(raw, at)[1]
        if end > len(raw):
            return
        batch = _Batch(*_HEADER.unpack_from(raw, at))
        if batch.magic != 2 or batch.crc != calc_crc32c(raw[at + _AFTER_CRC : end]):
            raise CorruptRecordException(
                f"{place.topic}/{place.partition}: the batch at {batch.base_offset} is not as it was written"
            )
        yield batch, raw[at + _HEADER.size : end]
        at = end


def _read(place: TopicPartition, batch: _Batch, body: bytes) -> list[ConsumerRecord]:
    """A batch's records. If they cannot be separated, one record stands for all: it has the last one's offset and all
    the bytes."""
    try:
        cursor = _Cursor(bytes(_DECODERS[batch.attributes & 0x07](body)))
        found = [_record(place, batch, cursor) for _ in range(batch.number_of_records)]
        offsets = [one.offset for one in found]
        if offsets != sorted({*offsets} & {*range(batch.base_offset, batch.next_offset)}):
            raise ValueError("a record has an offset outside of its batch")
        return found
    except (
        Exception
    ) as error:  # any error of a decoder: the bytes are as they were written, so the next try would fail too
        fault = (
            f"the records {batch.base_offset} to {batch.next_offset - 1} cannot be separated: {type(error).__name__}"
        )
        last = batch.next_offset - 1
        return [Unreadable(*place, last, batch.max_timestamp, 0, None, body, None, -1, len(body), (), fault)]


def _record(place: TopicPartition, batch: _Batch, cursor: _Cursor) -> ConsumerRecord:
    end = cursor.number() + cursor.at
    cursor.at += 1  # attributes, of which there are none yet
    later, offset = cursor.number(), batch.base_offset + cursor.number()
    at = (
        batch.max_timestamp if batch.attributes & 0x08 else max(-(2**63), min(batch.first_timestamp + later, 2**63 - 1))
    )
    key, value = cursor.bytes(), cursor.bytes()
    headers, fault = [], ""
    for _ in range(cursor.number()):
        raw_name, content = cursor.bytes() or b"", cursor.bytes()
        try:
            name = raw_name.decode()
        except UnicodeDecodeError:
            name = raw_name.decode("utf-8", "backslashreplace")
            fault = fault or f"the name of a header is not UTF-8: {name[:100]}"
        headers.append((name, content))
    if cursor.at != end:
        raise ValueError("its length is not the one that it states")
    sizes = -1 if key is None else len(key), -1 if value is None else len(value)
    found = (*place, offset, at, 0, key, value, None, *sizes, tuple(headers))
    return Unreadable(*found, fault) if fault else ConsumerRecord(*found)
