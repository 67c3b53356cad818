"""The Kafka client of a subscriber. It polls with a long wait, reads records that aiokafka cannot, and never skips a
record.

FastStream ignores exceptions raised between its poll and our batch function. aiokafka loses the records that it took
from other partitions when a record cannot be read. `LongPoll.getmany` and `LongPoll._read` see to it that neither skips
a record.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    KafkaError,
    RecordTooLargeError,
    UnsupportedCodecError,
)
from aiokafka.protocol.fetch import FetchRequest

from chassis.kafka.batches import first_records
from chassis.kafka.outcome import blame

log = structlog.get_logger(__name__)

POLL_MS = 2000
CAREFUL_BYTES = 65_536
"""How many bytes of a partition are asked for when it is read carefully. A larger batch comes whole."""
READ_COMMITTED = 1
OF_RECORDS = (CorruptRecordException, UnsupportedCodecError, RecordTooLargeError)
"""Kafka's errors about the stored records. Its other errors are about the connection."""

Records = dict[TopicPartition, list[ConsumerRecord]]


class PassedOver(Exception):
    """The next records were asked for while earlier ones had no outcome. Going on would skip those."""


class LongPoll(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that waits long in the poll itself. FastStream sleeps for its whole `batch_timeout_ms` after an empty
    poll: with a short one it uses 3 % of a core a service, with a long one records wait. The long poll ends when a
    record comes, so the sleep may be short.

    `polled_at`: when it was last asked, or last waited on purpose (seconds of the monotonic clock). `in_hand`: the
    partitions whose records were given out and have no outcome yet, with the first offset; `settled` empties it.
    """

    def __init__(self, *topics: str, passed_over: Callable[[BaseException], None], **settings: Any) -> None:
        super().__init__(*topics, **settings)
        self.polled_at = 0.0
        self.in_hand: dict[TopicPartition, int] = {}
        self._passed_over = passed_over

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Records:
        """As aiokafka's, but a poll with any timeout waits long. If records of the last poll have no outcome,
        `passed_over` is called."""
        if self.in_hand:
            error = PassedOver(f"records of {_named(self.in_hand)} have no outcome, and the next ones are asked for")
            self._passed_over(error)
            raise error
        self.polled_at = time.monotonic()
        found = await self._read(POLL_MS if timeout_ms else 0, max_records)
        self.in_hand = {place: records[0].offset for place, records in found.items() if records}
        return found

    def settled(self) -> None:
        """Note that all records that were given out have an outcome."""
        self.in_hand = {}
        if paused := self.paused() & self.assignment():
            self.resume(*paused)

    async def stay(self) -> None:
        """Stay in the group during a long wait: poll with everything paused, and put back records that come
        nevertheless."""
        self.pause(*self.assignment())
        for place, records in (await self._read(0, None)).items():
            if records and place in self.assignment():
                self.seek(place, records[0].offset)

    def unread(self, handled: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], tuple[int, int]]:
        """For each partition, as far as known: the first offset without an outcome, and the offset after Kafka's last
        record.

        `handled`: the offset after the last record with an outcome. Transaction markers that were read count as
        handled.
        """
        found: dict[tuple[str, int], tuple[int, int]] = {}
        for place, position in self._positions().items():
            first = max(self.in_hand[place], handled.get(place, 0)) if place in self.in_hand else position
            found[place] = (first, max(first, position, self.highwater(place) or 0))
        return found

    def _positions(self) -> dict[TopicPartition, int]:
        """The next offset to read in each assigned partition. A partition is left out until Kafka has told its
        offset."""
        subscription = self._subscription.subscription
        assignment = None if subscription is None else subscription.assignment
        if assignment is None:
            return {}
        states = ((place, assignment.state_value(place)) for place in assignment.tps)
        return {place: state.position for place, state in states if state.has_valid_position}

    async def _read(self, timeout_ms: int, max_records: int | None) -> Records:
        """Records. No position moves past a record that is not among them.

        While the first offset of a partition is unknown it waits only a moment, so that all offsets are known whenever
        records are taken.
        """
        if timeout_ms and len(self._positions()) < len(self.assignment()):
            timeout_ms = 0
            await asyncio.sleep(0.005)
        before = self._positions()
        try:
            found: Records = await super().getmany(timeout_ms=timeout_ms, max_records=max_records)
        except Exception as error:
            if isinstance(error, ConsumerStoppedError) or (
                isinstance(error, KafkaError) and not isinstance(error, OF_RECORDS)
            ):
                raise
            # aiokafka has lost the records that it took from other partitions before, and their positions are past
            # them.
            for place in self.assignment():
                self.seek(place, before.get(place, 0))
            log.warning("records cannot be read as usual and are read one partition at a time", error=blame(error))
            found = await self._read_carefully(before)
            if not found:
                await asyncio.sleep(1.0)
        return found

    async def _read_carefully(self, places: Mapping[TopicPartition, int]) -> Records:
        found: Records = {}
        for place, offset in places.items():
            node = self._client.cluster.leader_for_partition(place)
            if node is None or node < 0 or place in self.paused():
                continue
            wanted = [(place.topic, [(place.partition, offset, CAREFUL_BYTES)])]
            try:
                request = FetchRequest(0, 1, CAREFUL_BYTES, READ_COMMITTED, wanted)
                answer = await self._client.send(
                    node, request, group=ConnectionGroup.COORDINATION
                )  # a fetch is waiting on the other connection
                ((_, ((_, refused, _, _, _, aborted, *_, raw),)),) = answer.topics
                if refused:
                    continue
                records, after = first_records(place, raw, aborted or [], offset)
            except (KafkaError, ValueError) as error:
                log.error(
                    "a partition cannot be read",
                    topic=place.topic,
                    partition=place.partition,
                    offset=offset,
                    error=repr(error),
                )
                continue
            if place in self.assignment():
                self.seek(place, after)
                if records:
                    found[place] = records
        return found


def _named(places: Mapping[TopicPartition, int]) -> str:
    return ", ".join(f"{place.topic}/{place.partition} from offset {offset} on" for place, offset in places.items())
