"""Incoming Kafka records: one FastStream batch subscriber for all topics of a service. Its batch function returns only
when every record has an outcome.

The offsets that it commits to Kafka are only for dashboards and rebalances. The database's positions say which records
were handled.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from chassis.kafka.batches import Unreadable
from chassis.kafka.handling import Handlers
from chassis.kafka.inbox import MOST_RECORDS, Inbox
from chassis.kafka.lag import Lag
from chassis.kafka.outcome import NotYet, Record
from chassis.kafka.polling import POLL_MS, LongPoll

__all__ = ["Consumer", "Handlers", "NotYet"]

log = structlog.get_logger(__name__)

PATIENT_BYTES = 65_536
COMMIT_SECONDS = 0.5
"""How often offsets are committed to Kafka. The database's positions count, so records that a restart hears again
change nothing."""
PAUSE_AFTER_SECONDS = 60.0
SILENT_SECONDS = 60.0


class Consumer:
    """The consumer of one service: its main subscriber, and a second one that hears operators even while the first is
    stopped."""

    def __init__(
        self,
        service: str,
        bootstrap: str,
        main: Inbox,
        control: Inbox,
        fatal: Callable[[BaseException], None],
        lag: Lag | None = None,
    ) -> None:
        self.service = service
        self.main = main
        self.fatal = fatal
        self.started = False
        self.start_error = "the consumer is starting"
        self._began = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._bootstrap = bootstrap
        self._inboxes = {service: main, f"{service}.control": control}
        self._told: dict[str, dict[tuple[str, int], int]] = {group: {} for group in self._inboxes}
        self._lag = lag or Lag()
        self.broker, self._subscribers = self._build()

    def _build(self) -> tuple[KafkaBroker, dict[str, Any]]:
        broker = KafkaBroker(
            self._bootstrap, client_id=self.service, logger=None, graceful_timeout=5.0, allow_auto_create_topics=False
        )
        subscribers = {}
        for group, inbox in self._inboxes.items():
            if not inbox.handlers.topics:
                continue
            subscriber = broker.subscriber(
                *inbox.handlers.topics,
                group_id=group,
                batch=True,
                max_records=MOST_RECORDS,
                batch_timeout_ms=5,
                ack_policy=AckPolicy.MANUAL,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                session_timeout_ms=6_000,
                heartbeat_interval_ms=2_000,
                max_poll_interval_ms=300_000,
                parser=as_they_are,
                decoder=_records_in,
                **_patience(inbox.handlers.patience_ms),
            )
            subscriber(self._batch_function(group, inbox))
            subscribers[group] = subscriber
        return broker, subscribers

    def _batch_function(self, group: str, inbox: Inbox) -> Callable[[Any], Awaitable[None]]:
        async def take(records: Any) -> None:
            began = time.monotonic()
            consumer: LongPoll = self._subscribers[group].consumer

            async def waiting() -> None:
                consumer.polled_at = time.monotonic()
                if time.monotonic() - began > PAUSE_AFTER_SECONDS:
                    try:
                        await consumer.stay()
                    except KafkaError as error:
                        log.warning("the consumer may be removed from its group while it waits", error=repr(error))

            try:
                await inbox.take([_record(one) for one in records], waiting)
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                self.fatal(error)
                raise
            consumer.settled()

        return take

    async def _commit(self, seconds: float) -> None:
        """Tell Kafka which records are done. The client's own positions are not used, because they are ahead of the
        handled records."""
        for group, subscriber in self._subscribers.items():
            consumer, told = subscriber.consumer, self._told[group]
            news = {
                place: offset for place, offset in self._inboxes[group].handled.items() if told.get(place) != offset
            }
            offsets = {
                TopicPartition(*place): offset
                for place, offset in news.items()
                if consumer is not None and place in consumer.assignment()
            }
            if offsets:
                try:
                    async with asyncio.timeout(seconds):
                        await consumer.commit(offsets)
                except (KafkaError, TimeoutError) as error:
                    log.info("Kafka did not take the offsets; they are committed again", error=repr(error))
                    continue
            told |= news

    def _look_for_lag(self) -> None:
        unread: dict[tuple[str, str, int], tuple[int, int]] = {}
        for group, subscriber in self._subscribers.items():
            if subscriber.consumer is not None:
                handled = self._inboxes[group].handled
                unread |= {(group, *place): span for place, span in subscriber.consumer.unread(handled).items()}
        self._lag.look(time.monotonic(), unread)

    async def _run(self) -> None:
        try:
            await self._start()
            while True:
                await asyncio.sleep(COMMIT_SECONDS)
                await self._commit(5.0)
                self._look_for_lag()
                if self.main.brake.on:
                    await self.main.brake.look()
        except (
            Exception
        ) as error:  # nobody awaits this task; if it ended, no offset would be committed and no lag would be seen
            self.fatal(error)
            raise

    def start(self) -> None:
        """Begin as soon as Kafka answers, until `stop`."""
        self._task = asyncio.create_task(self._run(), name="consumer")

    async def _start(self) -> None:
        while True:
            try:
                await self.broker.connect()
                config: Any = self.broker.config.broker_config
                config.builder = partial(
                    LongPoll, *config.builder.args, passed_over=self.fatal, **config.builder.keywords
                )
                await self.broker.start()
                self.started = True
                return
            except (
                KafkaError,
                OSError,
                TimeoutError,
                AssertionError,
            ) as error:  # aiokafka raises an AssertionError while the only broker is fenced
                self.start_error = f"Kafka is away: {error!r}"
                log.warning("Kafka is away; the consumer will start later", error=repr(error))
                await self._stop_broker(2.0)
                self.broker, self._subscribers = self._build()
                await asyncio.sleep(1.0)

    async def stop(self) -> None:
        """Finish the current batch, then leave the group."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for subscriber in self._subscribers.values():
            subscriber.running = False
        if self.started:
            await self._commit(1.0)
        await self._stop_broker(5.0)

    async def _stop_broker(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.broker.stop()
        except (TimeoutError, KafkaError, OSError) as error:
            log.warning("the broker's client did not stop in time", error=repr(error))

    @property
    def state(self) -> tuple[str, str]:
        """For `readyz`: ok, degraded or stopped, and why."""
        if not self.started:
            return "degraded", self.start_error
        if self.main.brake.on:
            return "stopped", "too many dead letters in a row; deploy a fixed build or resume it"
        if reason := self._lag.reason(time.monotonic()):
            return "degraded", reason
        return "ok", ""

    def silent_seconds(self) -> float:
        """For how many seconds a consumer with partitions has not polled; 0 while it has none. After a minute the
        process counts as unwell."""
        if not self.started or self.service not in self._subscribers:
            return 0.0
        consumer = self._subscribers[self.service].consumer
        if consumer is None or not consumer.assignment() or not consumer.polled_at:
            return 0.0
        return float(time.monotonic() - consumer.polled_at)


def _patience(milliseconds: int) -> dict[str, Any]:
    return (
        {"fetch_min_bytes": PATIENT_BYTES, "fetch_max_wait_ms": milliseconds}
        if milliseconds
        else {"fetch_max_wait_ms": POLL_MS}
    )


async def as_they_are(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """FastStream's message with the polled records. FastStream's own parser decodes headers, and one that is not text
    would make the whole poll fail."""
    return KafkaMessage(records, b"", consumer=FAKE_CONSUMER)


async def _records_in(message: KafkaMessage) -> Any:
    return message.raw_message


def _record(one: ConsumerRecord) -> Record:
    headers = tuple((name, value or b"") for name, value in one.headers)
    fault = one.fault if isinstance(one, Unreadable) else ""
    return Record(one.topic, one.partition, one.offset, one.timestamp, one.key, one.value, headers, fault)
