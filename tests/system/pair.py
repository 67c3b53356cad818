"""Two small services on real servers, and a comparison of their input and output."""

import signal
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.database.pool import Database
from contracts.claims import Money
from contracts.envelope import decode
from contracts.events.applications import ApplicationFeeDue
from contracts.events.payments import FeePaid
from tests.forked import Forked

SOURCE_TABLE = "CREATE TABLE IF NOT EXISTS stories (application_id uuid PRIMARY KEY, said integer NOT NULL)"
SAY_NEXT = """
    INSERT INTO stories VALUES ($1, 1) ON CONFLICT (application_id) DO UPDATE SET said = stories.said + 1 RETURNING said
"""


class Process:
    """One toy service."""

    def __init__(self, name: str, dsn: str, bootstrap: str, crash: str = "") -> None:
        self.log = Path(tempfile.mkstemp(prefix=f"microcred-toy-{name}-", suffix=".log")[1])
        arguments = [name, dsn, bootstrap, *(["--crash", crash] if crash else [])]
        self.process = Forked("tests.system.toy", arguments, self.log)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self, seconds: float) -> float:
        """SIGTERM; how long it took to end. Raises subprocess.TimeoutExpired."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        return time.monotonic() - began

    def close(self) -> None:
        """End it, so that it leaves its group, and forget its log."""
        try:
            self.terminate(5)
        except subprocess.TimeoutExpired:
            self.kill()
        self.log.unlink(missing_ok=True)


class Pair:
    """`intake` says stories (a number of FeeDue for each application, in order), `payments` hears them and says FeePaid
    for each."""

    def __init__(self, source: Database, source_dsn: str, sink_dsn: str, bootstrap: str) -> None:
        self.source, self.source_dsn, self.sink_dsn, self.bootstrap = source, source_dsn, sink_dsn, bootstrap
        self.said: dict[UUID, int] = defaultdict(int)
        self.processes: list[Process] = []

    def start(self, name: str, crash: str = "") -> Process:
        process = Process(name, self.source_dsn if name == "intake" else self.sink_dsn, self.bootstrap, crash)
        self.processes.append(process)
        return process

    async def say(self, applications: int, each: int) -> None:
        """Tell stories: `each` events for every one of `applications` new applications, interleaved."""
        ids = [uuid4() for _ in range(applications)]
        for _ in range(each):
            for application_id in ids:
                async with self.source.transaction() as tx:
                    row = await tx.lock(application_id, SAY_NEXT, application_id)
                    assert row is not None
                    await tx.emit(
                        ApplicationFeeDue(
                            application_id=application_id,
                            person_id=application_id,
                            person_version=1,
                            credential=str(row["said"]),
                            credential_version=1,
                            fee=Money(amount_minor=6000),
                        )
                    )
                self.said[application_id] += 1

    async def heard(self, sink: Database) -> dict[UUID, list[str]]:
        rows = await sink.pool.fetch("SELECT application_id, events FROM seen")
        return {row["application_id"]: row["events"] for row in rows}

    def expected(self) -> dict[UUID, list[str]]:
        return {application_id: [str(n) for n in range(1, said + 1)] for application_id, said in self.said.items()}

    async def sent(self) -> tuple[dict[UUID, list[str]], int]:
        """FeePaid on Kafka as any consumer with an inbox hears them (first of each id, in order of the partition), and
        how many were said again."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            partitions = [TopicPartition("payments.fees", n) for n in range(4)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            heard: dict[UUID, list[str]] = defaultdict(list)
            seen: Counter[UUID] = Counter()
            while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        received = decode(record.topic, record.key, record.value, record.headers)
                        event = received.event
                        assert isinstance(event, FeePaid)
                        seen[received.id] += 1
                        if seen[received.id] == 1:
                            heard[event.application_id].append(event.receipt_url or "")
            return dict(heard), sum(seen.values()) - len(seen)
        finally:
            await consumer.stop()

    def close(self) -> None:
        for process in self.processes:
            process.close()
