"""The records on topics in the last hour, and how long they waited in outboxes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.topics import CONSUMERS, OPS_PULSES, TOPICS, Topic

HOUR = timedelta(hours=1)
SPAN = timedelta(minutes=5)
SPANS = HOUR // SPAN
LATELY = timedelta(minutes=10)
"""Only records that arrived within this time say how long records wait now."""
LONG_WAIT_SECONDS = 60.0
OPS = "ops"


@dataclass(frozen=True, slots=True)
class TopicActivity:
    """A topic: when Kafka took its newest record, and the longest time in seconds that a recent record had waited in
    its producer's outbox (None: there is no recent one)."""

    topic: str
    last: datetime
    waited: float | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is known of a producer's outbox: when the newest record left it (None: none within the hour), the longest
    recent wait in seconds, and for how many seconds its pulse has been missing (0: it comes in time).

    What is still in an outbox cannot be seen from outside of its service. A pulse goes through it every 15 seconds.
    """

    producer: str
    last: datetime | None
    waited: float | None
    silent: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether recent records had waited so long that somebody should look."""
        return self.waited is not None and self.waited >= LONG_WAIT_SECONDS

    @property
    def holds(self) -> bool:
        """Whether no record leaves it, so that somebody should look."""
        return self.silent >= LONG_WAIT_SECONDS

    @property
    def ages(self) -> bool:
        """Whether somebody should look, for either reason."""
        return self.waits or self.holds


def spans(counted: Iterable[tuple[str, int, int]]) -> Mapping[str, Sequence[int]]:
    """The number of records of each topic in the last hour, for every five minutes, the oldest first. Pulses do not
    count."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * SPANS)
    for topic, spans_ago, records in counted:
        if topic == OPS_PULSES.name:
            continue
        found[topic][SPANS - 1 - min(spans_ago, SPANS - 1)] += records
    return found


def drawn() -> list[Topic]:
    """The topics that the console shows: those of the program's events, without dead letters and pulses."""
    return [topic for topic in TOPICS.values() if not topic.name.startswith("dlq.") and topic is not OPS_PULSES]


def topics_of(producer: str) -> list[str]:
    """The topics whose records show how long the producer's outbox holds them.

    A copy of a dead letter has the time of the original record, so topics of dead letters show nothing.
    """
    return [topic.name for topic in drawn() if producer in topic.producers]


@dataclass(frozen=True, slots=True)
class Pulses:
    """When Kafka took the newest pulse of each service that has one, and the oldest pulse of `ops`."""

    newest: Mapping[str, datetime]
    begun: datetime | None


def silences(pulses: Pulses, now: datetime) -> Mapping[str, float]:
    """For how many seconds the pulse of each consumer has been missing.

    For `ops` it counts until now. For the others it counts until the newest pulse of `ops`, because a journal that is
    behind is not their fault. A service without a pulse has been silent since the oldest pulse of `ops`.
    """
    own = pulses.newest.get(OPS)
    if own is None or pulses.begun is None:
        return {}
    found = {name: (own - pulses.newest.get(name, pulses.begun)).total_seconds() for name in CONSUMERS}
    return {name: max(0.0, seconds) for name, seconds in found.items()} | {OPS: max(0.0, (now - own).total_seconds())}


def outboxes(said: Iterable[TopicActivity], silent: Mapping[str, float], producers: Iterable[str]) -> list[Outbox]:
    """What is known of each producer's outbox."""
    by_topic = {one.topic: one for one in said}
    found = []
    for producer in producers:
        own = [by_topic[topic] for topic in topics_of(producer) if topic in by_topic]
        waits = [max(0.0, one.waited) for one in own if one.waited is not None]
        last = max((one.last for one in own), default=None)
        found.append(Outbox(producer, last, max(waits, default=None), silent.get(producer, 0.0)))
    return found
