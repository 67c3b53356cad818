"""Whether a consumer that is behind is catching up, falls further behind or does not move. Two samples of it are
compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from services.ops.domain.lag import Lag

COMPARED = timedelta(minutes=5)
"""The age of the sample to compare with. While there are only newer ones, the oldest of them is used."""
ENOUGH = timedelta(seconds=45)
"""Samples that are closer together are not compared."""
NOTICED_SECONDS = 10.0
"""Every consumer is behind for moments. Less than this is not reported."""
LONG_SECONDS = 60.0
"""From this time on somebody should look."""


class Pace(StrEnum):
    """`level`: up to date, or behind for a moment only. `catching_up`: behind, and coming closer. `behind`: behind, and
    nothing more is known. `growing`: further behind than before. `still`: behind, and has read nothing since."""

    LEVEL = "level"
    CATCHING_UP = "catching_up"
    BEHIND = "behind"
    GROWING = "growing"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one consumer is on one topic, all partitions together.

    `position`: the sum of the offsets at which it goes on. `seconds`: the age of the oldest record that it has not
    handled (0: there is none), None if unknown.
    """

    consumer: str
    topic: str
    position: int
    records: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A progress at some moment."""

    at: datetime
    consumer: str
    topic: str
    position: int
    records: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A progress and its pace, judged by an earlier sample. `a_second`: the records that it takes a second; None if
    unknown."""

    progress: Progress
    pace: Pace
    a_second: float | None = None

    @property
    def level_in_seconds(self) -> float | None:
        """In how many seconds it will be up to date at this pace; None if that cannot be told."""
        if self.pace is not Pace.CATCHING_UP or not self.a_second:
            return None
        return self.progress.records / self.a_second

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody should look at it: it is not catching up, or has been behind for long."""
        seconds = self.progress.seconds
        late = seconds is None or seconds >= NOTICED_SECONDS
        if self.pace in (Pace.STILL, Pace.GROWING):
            return late
        return self.progress.records > 0 and seconds is not None and seconds >= LONG_SECONDS


def progress_of(lags: Iterable[Lag]) -> list[Progress]:
    """Every consumer on every topic, all partitions together."""

    def place(lag: Lag) -> tuple[str, str]:
        return lag.consumer, lag.topic

    found = []
    for (consumer, topic), run in groupby(sorted(lags, key=place), key=place):
        parts = list(run)
        late = [lag for lag in parts if lag.lag_records > 0]
        ages = [lag.lag_seconds for lag in late]
        seconds = None if None in ages else max((age for age in ages if age is not None), default=0.0)
        # Transaction markers need no work: a consumer that has read all records is at the end.
        position = sum(lag.end - lag.lag_records for lag in parts)
        found.append(Progress(consumer, topic, position, sum(lag.lag_records for lag in late), seconds))
    return found


def judge(progress: Progress, earlier: Sample | None, now: datetime) -> Judged:
    """Judge the pace of a consumer. `earlier`: an earlier sample, if the consumer was behind then."""
    if progress.records == 0:
        return Judged(progress, Pace.LEVEL)
    if earlier is None or now - earlier.at < ENOUGH:
        return Judged(progress, Pace.BEHIND)
    a_second = max(0, progress.position - earlier.position) / (now - earlier.at).total_seconds()
    if progress.position <= earlier.position:
        return Judged(progress, Pace.STILL, 0.0)
    if progress.records > earlier.records:
        return Judged(progress, Pace.GROWING, a_second)
    return Judged(progress, Pace.CATCHING_UP, a_second)


def compared(samples: Iterable[Sample], now: datetime) -> Mapping[tuple[str, str], Sample]:
    """For each consumer and topic the sample to compare with: the newest that is at least COMPARED old, else the
    oldest. Samples from before the last moment at which it was up to date do not count."""
    found: dict[tuple[str, str], Sample] = {}
    over: set[tuple[str, str]] = set()
    for sample in sorted(samples, key=lambda sample: sample.at, reverse=True):
        place = sample.consumer, sample.topic
        if place in over:
            continue
        if sample.records == 0:
            over.add(place)
            continue
        found[place] = sample
        if now - sample.at >= COMPARED:
            over.add(place)
    return found
