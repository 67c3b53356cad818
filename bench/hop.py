"""`python -m bench.hop`: from the commit in one service to the commit of its effect in the next, at 50 events a second.

The relay runs in this process, the consumer in another one; both use this machine's clock. The first two seconds of a
run are a warm-up.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

import uvloop

from bench.consume import TABLE, on_applications
from bench.ground import Size, fee_due, ground, say, size
from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Consumer
from chassis.kafka.handling import Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.relay import Relay

A_SECOND, SECONDS, WARM_UP_SECONDS = 50, 8, 2
"""The events a second, the seconds to measure, and the seconds of warm-up before."""

STORY = "CREATE TABLE stories (application_id uuid PRIMARY KEY)"
TELL = "INSERT INTO stories VALUES ($1) RETURNING application_id"


async def child(dsn: str, bootstrap: str, wanted: int, group: str) -> None:
    """The consumer. It prints when the effect of each event was committed."""
    database = await Database.connect("payments", dsn)
    pending: list[str] = []
    committed: dict[str, float] = {}
    done = asyncio.Event()

    async def handle(tx: Tx, event: Any) -> None:
        await on_applications(tx, event)
        pending.append(str(event.application_id))

    def note(_: Tx) -> None:
        now = time.time()
        committed.update((one, committed.get(one, now)) for one in pending)
        pending.clear()
        if len(committed) >= wanted:
            done.set()

    database.after_commit.append(note)
    inbox = Inbox("payments", database, Handlers({"intake.applications": handle}), Brake("payments", database))
    control = Inbox("none", database, Handlers({}), Brake("none", database))
    consumer = Consumer(group, bootstrap, inbox, control, lambda error: os._exit(1))
    consumer.start()
    while not consumer.started:  # noqa: ASYNC110 - a benchmark may poll
        await asyncio.sleep(0.02)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await done.wait()
    sys.stdout.write(json.dumps(committed) + "\n")
    await consumer.stop()


async def run(source_dsn: str, sink_dsn: str, bootstrap: str, group: str, wanted: int, earlier: int) -> list[float]:
    """The milliseconds of each hop. `earlier` events of other runs are already on the topic and are heard first."""
    source = await Database.connect("intake", source_dsn)
    relay = Relay("intake", source_dsn, bootstrap, lambda error: os._exit(1))
    source.after_commit.append(lambda tx: relay.wake(tx.said))
    relay.start()
    command = [sys.executable, "-m", "bench.hop", "child", sink_dsn, bootstrap, str(earlier + wanted), group]
    sink = subprocess.Popen(  # noqa: ASYNC220 - before anything is measured
        command, stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout is not None
    await asyncio.to_thread(sink.stdout.readline)
    said: dict[str, float] = {}
    began = time.monotonic()
    for n in range(wanted):
        await asyncio.sleep(max(0.0, began + n / A_SECOND - time.monotonic()))
        event = fee_due()
        async with source.transaction() as tx:
            await tx.lock(event.application_id, TELL, event.application_id)
            await tx.emit(event)
        said[str(event.application_id)] = time.time()
    committed = json.loads(await asyncio.wait_for(asyncio.to_thread(sink.stdout.readline), 60))
    await asyncio.to_thread(sink.wait)
    await relay.stop()
    await source.close()
    return [(committed[one] - at) * 1000 for one, at in list(said.items())[A_SECOND * WARM_UP_SECONDS :]]


async def main(how: Size) -> None:
    """The benchmark."""
    wanted = A_SECOND * (WARM_UP_SECONDS + how.of(SECONDS))
    halves: list[float] = []
    tails: list[float] = []
    async with ground() as place:
        for n in range(how.runs):
            hops = await run(
                await place.database(STORY),
                await place.database(TABLE),
                place.bootstrap,
                f"hop-{n}",
                wanted,
                n * wanted,
            )
            cut = statistics.quantiles(hops, n=100)
            halves.append(cut[49])
            tails.append(cut[98])
    say("commit to effect committed, p50 (wanted: 10 ms)", halves, "ms")
    say("commit to effect committed, p99 (wanted: 25 ms)", tails, "ms")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        uvloop.run(child(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]))
    else:
        uvloop.run(main(size("hop")[0]))
