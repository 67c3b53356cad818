"""The console's first page: what needs a person, how messages flow, who is behind."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel

from contracts.topics import CONSUMERS
from services.ops.domain import activity
from services.ops.domain.activity import SPANS, Outbox
from services.ops.domain.lag import groups_of
from services.ops.domain.letters import Filed
from services.ops.domain.pace import LONG_SECONDS, Judged, Pace


class LettersNeed(BaseModel):
    """Dead letters of a consumer: how many there are, how many records are held behind them, and time, type and error
    of the oldest."""

    consumer: str
    dead: int
    behind: int
    since: datetime
    type: str | None
    error: str


class LagNeed(BaseModel):
    """A consumer that is not catching up, or has been behind for long. `pace` is one of domain.pace.Pace."""

    consumer: str
    topic: str
    pace: str
    records: int
    seconds: float | None
    a_second: float | None
    level_in_seconds: float | None


class OutboxShown(BaseModel):
    """What is known of a producer's outbox. `waits`: recent records had waited long. `holds`: no record has left it for
    `silent` seconds. `ages`: one of the two, so somebody should look."""

    producer: str
    last: datetime | None
    waited: float | None
    silent: float
    waits: bool
    holds: bool
    ages: bool


class Hearing(BaseModel):
    """A consumer of a topic, and how many records it is behind."""

    consumer: str
    records: int


class Flow(BaseModel):
    """A topic of the drawing. `points`: records in the last hour, five minutes each, as heights from 0 to 26."""

    topic: str
    producers: list[str]
    hearing: list[Hearing]
    records: int
    points: list[float]

    @property
    def parties(self) -> list[str]:
        """Who says or hears it, in the order of the columns."""
        known = {*self.producers, *(one.consumer for one in self.hearing)}
        return [name for name in CONSUMERS if name in known]


class ConsumerRow(BaseModel):
    """A consumer on a topic on which it is behind; or, with `topic` None, on its `level_on` other topics.

    `percent`: its lag as a part of a minute. `points`: the records of these topics in the last hour.
    """

    consumer: str
    topic: str | None
    level_on: int = 0
    records: int = 0
    seconds: float | None = 0.0
    pace: str = Pace.LEVEL
    percent: int = 0
    points: list[float]


class Facts(BaseModel):
    """The most important numbers. Those from Kafka are None while it does not answer."""

    records: int
    furthest: ConsumerRow | None
    dead: int
    behind: int
    longest_wait: float | None
    mail_not_taken: int


class ConsoleShown(BaseModel):
    """The whole page. `kafka_away`: why lag is not known, in words."""

    at: datetime
    kafka_away: str
    letters: list[LettersNeed]
    lagging: list[LagNeed]
    outboxes: list[OutboxShown]
    facts: Facts
    flows: list[Flow]
    behind: dict[str, float | None]
    consumers: list[ConsumerRow]

    @property
    def needs(self) -> int:
        """How many things need a person."""
        return len(self.letters) + len(self.lagging) + sum(one.holds + one.waits for one in self.outboxes)


def console_shown(
    at: datetime,
    kafka_away: str,
    judged: Sequence[Judged],
    filed: Sequence[Filed],
    spans: Mapping[str, Sequence[int]],
    outboxes: Sequence[Outbox],
    mail_not_taken: int,
) -> ConsoleShown:
    """The page, from what Kafka says, what the journal holds and what is filed."""
    rows = consumer_rows(judged, spans)
    late = [row for row in rows if row.records]
    lags = {(one.progress.consumer, one.progress.topic): one.progress.records for one in judged}
    return ConsoleShown(
        at=at,
        kafka_away=kafka_away,
        letters=[
            LettersNeed(
                consumer=one.consumer, dead=one.dead, behind=one.behind, since=one.since, type=one.type, error=one.error
            )
            for one in filed
        ],
        lagging=[_lagging(one) for one in judged if one.needs_a_person],
        outboxes=[
            OutboxShown(
                producer=one.producer,
                last=one.last,
                waited=one.waited,
                silent=one.silent,
                waits=one.waits,
                holds=one.holds,
                ages=one.ages,
            )
            for one in outboxes
        ],
        facts=Facts(
            records=sum(sum(one) for one in spans.values()),
            furthest=late[0] if late else None,
            dead=sum(one.dead for one in filed),
            behind=sum(one.behind for one in filed),
            longest_wait=max((one.waited for one in outboxes if one.waited is not None), default=None),
            mail_not_taken=mail_not_taken,
        ),
        flows=[
            Flow(
                topic=topic.name,
                producers=list(topic.producers),
                hearing=[
                    Hearing(consumer=consumer, records=lags.get((consumer, topic.name), 0))
                    for consumer in CONSUMERS
                    if topic.name in groups_of(consumer)
                ],
                records=sum(spans.get(topic.name, ())),
                points=heights(spans.get(topic.name, ())),
            )
            for topic in activity.drawn()
        ],
        behind={row.consumer: row.seconds for row in reversed(late)},
        consumers=rows,
    )


def consumer_rows(judged: Sequence[Judged], spans: Mapping[str, Sequence[int]]) -> list[ConsumerRow]:
    """A row for each consumer and topic that it is behind on, the furthest first, then one for its other topics."""
    late = [one for one in judged if one.progress.records]
    late.sort(key=lambda one: (one.progress.seconds is not None, -(one.progress.seconds or 0), -one.progress.records))
    behind = [
        ConsumerRow(
            consumer=one.progress.consumer,
            topic=one.progress.topic,
            records=one.progress.records,
            seconds=one.progress.seconds,
            pace=one.pace,
            percent=_percent(one.progress.seconds),
            points=heights(spans.get(one.progress.topic, ())),
        )
        for one in late
    ]
    level = {
        consumer: [
            one.progress.topic for one in judged if one.progress.consumer == consumer and not one.progress.records
        ]
        for consumer in sorted({one.progress.consumer for one in judged})
    }
    return behind + [
        ConsumerRow(consumer=consumer, topic=None, level_on=len(topics), points=heights(_sum(topics, spans)))
        for consumer, topics in level.items()
    ]


def heights(counts: Sequence[int], top: float = 26.0) -> list[float]:
    """Numbers as heights of a small line, from 0 to `top`. The greatest number is at the top."""
    most = max(counts, default=0)
    return [round(top * one / most, 1) if most else 0.0 for one in (counts or [0] * SPANS)]


def _sum(topics: Sequence[str], spans: Mapping[str, Sequence[int]]) -> list[int]:
    return [sum(spans[topic][n] for topic in topics if topic in spans) for n in range(SPANS)]


def _percent(seconds: float | None) -> int:
    return 100 if seconds is None else min(100, round(100 * seconds / LONG_SECONDS))


def _lagging(one: Judged) -> LagNeed:
    progress = one.progress
    return LagNeed(
        consumer=progress.consumer,
        topic=progress.topic,
        pace=one.pace,
        records=progress.records,
        seconds=progress.seconds,
        a_second=one.a_second,
        level_in_seconds=one.level_in_seconds,
    )
