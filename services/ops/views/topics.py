"""The view of topics: their declaration in the contracts, and the offsets that Kafka holds of each."""

from collections.abc import Iterable

from pydantic import BaseModel

from contracts.topics import TOPICS, Topic
from services.ops.domain.lag import Lag, Offsets


class PartitionShown(BaseModel):
    """The first offset that Kafka still has, and the next one."""

    partition: int
    beginning: int
    end: int


class TopicShown(BaseModel):
    """A topic. `kept`: its retention in words. `consumers`: the services that hear it."""

    topic: str
    key: str
    producers: list[str]
    consumers: list[str]
    kept: str
    records: int
    partitions: list[PartitionShown]


def topics_shown(offsets: Offsets, lags: Iterable[Lag]) -> list[TopicShown]:
    """All topics, in the order of the contracts."""
    hearing = {(lag.topic, lag.consumer) for lag in lags}
    return [_topic(topic, offsets, hearing) for topic in TOPICS.values()]


def _topic(topic: Topic, offsets: Offsets, hearing: set[tuple[str, str]]) -> TopicShown:
    places = sorted(place for place in offsets.ends if place[0] == topic.name)
    kept = "compacted" if topic.compacted else "for ever" if topic.keep is None else f"{topic.keep.days} days"
    partitions = [
        PartitionShown(partition=place[1], beginning=offsets.beginnings[place], end=offsets.ends[place])
        for place in places
    ]
    return TopicShown(
        topic=topic.name,
        key=topic.key,
        producers=list(topic.producers),
        consumers=sorted(consumer for name, consumer in hearing if name == topic.name),
        kept=kept,
        records=sum(one.end - one.beginning for one in partitions),
        partitions=partitions,
    )
