"""What the JSON API and the page show alike: topics and lag."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from contracts.topics import Topic
from services.ops.clients import Snapshot
from services.ops.domain.lag import Lag


def topic_shown(topic: Topic, snapshot: Snapshot) -> dict[str, Any]:
    """A topic: what the contracts declare, and how many offsets Kafka holds of it."""
    places = sorted(place for place in snapshot.offsets.ends if place[0] == topic.name)
    kept = "compacted" if topic.compacted else "for ever" if topic.keep is None else f"{topic.keep.days} days"
    partitions = [
        {"partition": place[1], "beginning": snapshot.offsets.beginnings[place], "end": snapshot.offsets.ends[place]}
        for place in places
    ]
    return {
        "topic": topic.name,
        "key": topic.key,
        "producers": list(topic.producers),
        "consumers": sorted({lag.consumer for lag in snapshot.lags if lag.topic == topic.name}),
        "kept": kept,
        "records": sum(one["end"] - one["beginning"] for one in partitions),
        "partitions": partitions,
    }


def summed(lags: Sequence[Lag]) -> list[dict[str, Any]]:
    """A row for each consumer and topic that it is behind on (the sum of the partitions, the greatest age), then one
    for its other topics."""

    def place(lag: Lag) -> tuple[str, str]:
        return lag.consumer, lag.topic

    behind: list[dict[str, Any]] = []
    caught_up: Counter[str] = Counter()
    for (consumer, topic), run in groupby(sorted(lags, key=place), key=place):
        late = [lag for lag in run if lag.lag_records > 0]
        if not late:
            caught_up[consumer] += 1
            continue
        ages = [lag.lag_seconds for lag in late]
        seconds = "unknown" if None in ages else f"{max(age for age in ages if age is not None):.1f}"
        behind.append(
            {"consumer": consumer, "topic": topic, "records": sum(lag.lag_records for lag in late), "seconds": seconds}
        )
    rest = [
        {
            "consumer": consumer,
            "topic": f"caught up on {count} {'topic' if count == 1 else 'topics'}",
            "records": 0,
            "seconds": "0.0",
        }
        for consumer, count in caught_up.items()
    ]
    return behind + rest
