"""`python -m bench.relay`: outbox rows relayed to Kafka per second, compared with a bare aiokafka idempotent producer
that sends the same records."""

import asyncio
import time

import asyncpg
import uvloop
from aiokafka import AIOKafkaProducer

from bench.ground import Ground, Size, Wire, fee_due, ground, say, size, wire
from chassis.database.outbox import pack_headers
from chassis.database.statements import INSERT_OUTBOX
from chassis.kafka.relay import Relay

ROWS = 50_000


async def bare(bootstrap: str, records: list[Wire]) -> float:
    """Records per second of a producer that has the relay's settings and only sends."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=262144, compression_type="lz4"
    )
    await producer.start()
    began = time.monotonic()
    for start in range(0, len(records), 1000):
        sent = [
            await producer.send(topic, value, key=key, headers=found)
            for topic, key, value, found in records[start : start + 1000]
        ]
        await asyncio.gather(*sent)
    elapsed = time.monotonic() - began
    await producer.stop()
    return len(records) / elapsed


async def relayed(place: Ground, records: list[Wire]) -> float:
    """Rows per second from their commit to the deletion of the last one."""
    dsn = await place.database()
    connection = await asyncpg.connect(dsn)
    columns = list(zip(*((t, k.decode(), pack_headers(h), v, False) for t, k, v, h in records), strict=True))
    now = await connection.fetchval("SELECT now()")
    relay = Relay("intake", dsn, place.bootstrap, lambda error: None)
    relay.start()
    await connection.execute(
        INSERT_OUTBOX, *[list(column[:1]) for column in columns], [now]
    )  # this starts its producer
    while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110 - the condition is a row in a database
        await asyncio.sleep(0.02)
    async with connection.transaction():
        await connection.execute(INSERT_OUTBOX, *[list(column) for column in columns], [now] * len(records))
    began = time.monotonic()
    relay.wake()
    while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110 - the condition is a row in a database
        await asyncio.sleep(0.005)
    elapsed = time.monotonic() - began
    await relay.stop()
    await connection.close()
    return len(records) / elapsed


async def main(how: Size) -> None:
    """The benchmark."""
    records = [wire(fee_due()) for _ in range(how.of(ROWS))]
    async with ground() as place:
        await bare(place.bootstrap, records[:5000])  # warm-up
        pairs = [(await bare(place.bootstrap, records), await relayed(place, records)) for _ in range(how.runs)]
    say("bare aiokafka idempotent producer", [one for one, _ in pairs], "records/s")
    say("relay from outbox to acknowledgement and deletion", [two for _, two in pairs], "rows/s")
    say("ratio (wanted: at least 0.8)", [two / one for one, two in pairs], "")


if __name__ == "__main__":
    uvloop.run(main(size("relay")[0]))
