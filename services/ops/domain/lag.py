"""How far consumers are behind: in records and in seconds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.event import EVENTS
from contracts.topics import CONSUMERS, OPS_REDRIVES, TOPICS

Place = tuple[str, int]
"""Topic and partition."""
Spot = tuple[str, int, int]
"""Topic, partition and offset."""


@dataclass(frozen=True, slots=True)
class Lag:
    """One consumer on one partition. `committed` is None if it never committed; then all records are still to do.

    `lag_seconds`: the age of the oldest record that it has not handled (0: there is none); None if it was not found in
    time.
    """

    consumer: str
    topic: str
    partition: int
    committed: int | None
    end: int
    lag_records: int
    lag_seconds: float | None


@dataclass(frozen=True, slots=True)
class Offsets:
    """The first and the next offset of each partition, and the committed offsets of each group."""

    beginnings: Mapping[Place, int]
    ends: Mapping[Place, int]
    committed: Mapping[str, Mapping[Place, int]]

    def position(self, group: str, place: Place) -> int:
        """The offset at which a group goes on. Records deleted by retention are no lag. A group that never committed
        begins at the first record."""
        return max(self.committed.get(group, {}).get(place, 0), self.beginnings[place])


def groups_of(consumer: str) -> dict[str, str]:
    """The topics that a consumer hears, each with its Kafka group. Requests of operators are heard by a group of their
    own.

    `ops` hears every topic, for its journal.
    """
    if consumer == "ops":
        return dict.fromkeys(TOPICS, "ops")
    heard = {event.TOPIC.name for event in EVENTS.values() if consumer in event.HEARD_BY}
    return {topic: f"{consumer}.control" if topic == OPS_REDRIVES.name else consumer for topic in sorted(heard)}


def all_groups() -> list[str]:
    """All Kafka groups whose offsets say how far a consumer is."""
    return sorted({group for consumer in CONSUMERS for group in groups_of(consumer).values()})


def unread(offsets: Offsets) -> set[Spot]:
    """The spots from which consumers still have something to read."""
    spots = ((*place, offsets.position(group, place)) for _, group, place in _heard(offsets))
    return {spot for spot in spots if spot[2] < offsets.ends[spot[0], spot[1]]}


def lags(offsets: Offsets, ages: Mapping[Spot, float | None]) -> list[Lag]:
    """All consumers on all partitions that they hear.

    `ages`: the age in seconds of the first record from a spot on. None if there are only transaction markers, which
    have offsets and need no work. A spot that is missing could not be read.
    """
    found = []
    for consumer, group, place in _heard(offsets):
        position, end = offsets.position(group, place), offsets.ends[place]
        age = ages.get((*place, position))
        nothing = position >= end or ((*place, position) in ages and age is None)
        records = 0 if nothing else end - position
        found.append(
            Lag(consumer, *place, offsets.committed.get(group, {}).get(place), end, records, 0.0 if nothing else age)
        )
    return found


def _heard(offsets: Offsets) -> Iterator[tuple[str, str, Place]]:
    for consumer in CONSUMERS:
        for topic, group in groups_of(consumer).items():
            for place in sorted(place for place in offsets.ends if place[0] == topic):
                yield consumer, group, place
