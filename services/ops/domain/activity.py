"""What went over the topics in the last hour, and how long it waited to be said."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.topics import TOPICS

HOUR = timedelta(hours=1)
SPAN = timedelta(minutes=5)
SPANS = HOUR // SPAN
LATELY = timedelta(minutes=10)
"""A record that waited long and is older than this says nothing of how it is now."""
LONG_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    """A topic: when Kafka took its newest record, and for how many seconds at most one that it took lately had waited
    in its producer's outbox (None: it took none lately)."""

    topic: str
    last: datetime
    waited: float | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is known of a producer's outbox from the records that left it: when the newest did (None: none within the
    hour), and how many seconds at most one waited lately.

    What is still in an outbox cannot be seen from outside of its service.
    """

    producer: str
    last: datetime | None
    waited: float | None

    @property
    def ages(self) -> bool:
        """Whether records waited so long that somebody should look."""
        return self.waited is not None and self.waited >= LONG_WAIT_SECONDS


def spans(counted: Iterable[tuple[str, int, int]]) -> Mapping[str, Sequence[int]]:
    """Records of each topic in the last hour, five minutes each, the oldest first."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * SPANS)
    for topic, spans_ago, records in counted:
        found[topic][SPANS - 1 - min(spans_ago, SPANS - 1)] += records
    return found


def topics_of(producer: str) -> list[str]:
    """The topics whose records tell how long its outbox holds them.

    A copy of a dead letter has the time of the record that it copies, so those topics tell nothing.
    """
    return [
        topic.name for topic in TOPICS.values() if producer in topic.producers and not topic.name.startswith("dlq.")
    ]


def outboxes(said: Iterable[Said], producers: Iterable[str]) -> list[Outbox]:
    """What is known of each producer's outbox."""
    by_topic = {one.topic: one for one in said}
    found = []
    for producer in producers:
        own = [by_topic[topic] for topic in topics_of(producer) if topic in by_topic]
        waits = [max(0.0, one.waited) for one in own if one.waited is not None]
        found.append(Outbox(producer, max((one.last for one in own), default=None), max(waits, default=None)))
    return found
