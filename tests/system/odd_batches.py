"""Puts record batches on Kafka that no correct client writes: any bytes as the name of a header, strange times, any
compression."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

NO_CODEC, GZIP, SNAPPY, LZ4, ZSTD = range(5)


@dataclass(frozen=True)
class Odd:
    """A record as it is to stand on Kafka; a header's name and value are bytes. `timestamp`: milliseconds since
    1970."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    timestamp: int = 1


class _Name(str):
    """A header's name whose encoding is any bytes."""

    raw: bytes

    def encode(self, *_: str, **__: str) -> bytes:
        return self.raw


class OddWriter:
    """Writes whole batches, one request each."""

    def __init__(self, bootstrap: str) -> None:
        self._client = AIOKafkaClient(bootstrap_servers=bootstrap)

    async def __aenter__(self) -> "OddWriter":
        await self._client.bootstrap()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def write(self, topic: str, partition: int, records: Sequence[Odd], codec: int = NO_CODEC) -> int:
        """One batch; the offset of its first record. Raises what Kafka refuses it with."""
        body = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 16 * 1024 * 1024)
        for offset, one in enumerate(records):
            body.append(
                offset, one.timestamp, one.key, one.value, [(_name(name), value) for name, value in one.headers]
            )
        request = ProduceRequest(None, -1, 5000, [(topic, [(partition, bytes(body.build()))])])
        await self._client.set_topics({topic})
        for _ in range(100):
            node = self._client.cluster.leader_for_partition(TopicPartition(topic, partition))
            answer = await self._client.send(node, request)
            ((_, ((_, refused, offset, *_),)),) = answer.topics
            if not refused:
                return int(offset)
            error = for_code(refused)
            if not error.retriable:
                raise error(f"{topic}/{partition}")
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{topic}/{partition} has no leader")


def _name(raw: bytes) -> _Name:
    name = _Name("a name")
    name.raw = raw
    return name
