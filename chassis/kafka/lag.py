"""Whether records stay unhandled although the consumer runs and polls."""

from collections.abc import Mapping

Span = tuple[int, int]
"""The first offset without an outcome, and the offset after the last record that Kafka has."""
Place = tuple[str, str, int]
"""Consumer group, topic, partition."""

SECONDS = 30.0
MOST_NAMED = 3


class Lag:
    """Remembers since when each partition has had unhandled records while none got an outcome. `seconds`: after how
    long that is reported."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._standing: dict[Place, tuple[Span, float]] = {}

    def look(self, now: float, unread: Mapping[Place, Span]) -> None:
        """Take in what is unread now. `now`: seconds of the monotonic clock."""
        standing = {}
        for place, span in unread.items():
            if span[0] < span[1]:
                before = self._standing.get(place)
                since = before[1] if before is not None and before[0][0] == span[0] else now
                standing[place] = (span, since)
        self._standing = standing

    def reason(self, now: float) -> str:
        """Which records have been unhandled for too long, for a person; empty if none have."""
        late = sorted(
            (since, place, span) for place, (span, since) in self._standing.items() if now - since > self.seconds
        )
        named = [
            f"{end - first} on {topic}/{partition} from offset {first} on, for {now - since:.0f} s"
            for since, (_, topic, partition), (first, end) in late[:MOST_NAMED]
        ]
        more = [f"and {len(late) - MOST_NAMED} more partitions"] if len(late) > MOST_NAMED else []
        return f"records are not handled: {'; '.join([*named, *more])}" if late else ""
