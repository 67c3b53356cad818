"""Whether a consumer catches up, falls back or stands still."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ops.domain.lag import Lag
from services.ops.domain.pace import Judged, Pace, Progress, Sample, compared, judge, progress_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FEES = "payments.fees"


def at(seconds_ago: float, position: int, records: int, topic: str = FEES) -> Sample:
    return Sample(NOON - timedelta(seconds=seconds_ago), "notify", topic, position, records)


def behind(position: int, records: int, seconds: float | None = 48.0) -> Progress:
    return Progress("notify", FEES, position, records, seconds)


def test_partitions_are_summed_and_the_oldest_record_counts() -> None:
    assert progress_of(
        [
            Lag("notify", FEES, 0, 5, 5, 0, 0.0),
            Lag("notify", FEES, 1, 1, 4, 3, 2.0),
            Lag("notify", FEES, 2, None, 2, 1, 9.5),
            Lag("intake", FEES, 0, 1, 3, 0, 0.0),  # what is left are marks of transactions
            Lag("ops", FEES, 0, None, 1, 1, None),
            Lag("ops", FEES, 1, None, 1, 1, 4.0),
        ]
    ) == [
        Progress("intake", FEES, 3, 0, 0.0),
        Progress("notify", FEES, 7, 4, 9.5),
        Progress("ops", FEES, 0, 2, None),
    ]


@pytest.mark.parametrize(
    ("now", "earlier", "pace", "a_second"),
    [
        (Progress("notify", FEES, 9, 0, 0.0), at(300, 1, 8), Pace.LEVEL, None),
        (behind(10, 37), None, Pace.BEHIND, None),
        (behind(10, 37), at(30, 1, 8), Pace.BEHIND, None),  # too close together
        (behind(110, 37), at(50, 10, 90), Pace.CATCHING_UP, 2.0),
        (behind(110, 90), at(50, 10, 90), Pace.CATCHING_UP, 2.0),  # as much comes in as it takes
        (behind(110, 91), at(50, 10, 90), Pace.GROWING, 2.0),
        (behind(10, 90), at(50, 10, 90), Pace.STILL, 0.0),
        (behind(10, 300), at(50, 10, 90), Pace.STILL, 0.0),
        (behind(2, 300), at(50, 10, 90), Pace.STILL, 0.0),  # its offsets were set back
    ],
)
def test_two_looks_compared(now: Progress, earlier: Sample | None, pace: Pace, a_second: float | None) -> None:
    assert judge(now, earlier, NOON) == Judged(now, pace, a_second)


def test_when_it_is_level_is_told_only_of_who_comes_closer() -> None:
    assert judge(behind(110, 38), at(50, 10, 90), NOON).level_in_seconds == 19.0
    assert judge(behind(110, 91), at(50, 10, 90), NOON).level_in_seconds is None
    assert judge(behind(10, 38), None, NOON).level_in_seconds is None


@pytest.mark.parametrize(
    ("pace", "seconds", "needed"),
    [
        (Pace.STILL, 9.9, False),
        (Pace.STILL, 10.0, True),
        (Pace.GROWING, 10.0, True),
        (Pace.GROWING, 3.0, False),
        (Pace.STILL, None, True),
        (Pace.CATCHING_UP, 59.9, False),
        (Pace.CATCHING_UP, 60.0, True),
        (Pace.BEHIND, 60.0, True),
        (Pace.BEHIND, None, False),
    ],
)
def test_who_needs_a_person(pace: Pace, seconds: float | None, needed: bool) -> None:
    assert Judged(behind(10, 5, seconds), pace, None).needs_a_person is needed
    assert not Judged(Progress("notify", FEES, 10, 0, 0.0), Pace.LEVEL).needs_a_person


def test_the_newest_look_of_five_minutes_ago_is_compared_with() -> None:
    looks = [at(seconds, 900 - seconds, 5) for seconds in (0, 100, 299, 300, 330, 600)]
    assert compared(looks, NOON) == {("notify", FEES): at(300, 600, 5)}
    assert compared(looks[:3], NOON) == {("notify", FEES): at(299, 601, 5)}


def test_nothing_from_before_it_was_level_is_compared_with() -> None:
    looks = [at(30, 9, 5), at(60, 8, 5), at(90, 7, 0), at(120, 1, 9), at(30, 3, 0, "x"), at(60, 3, 4, "x")]
    assert compared(looks, NOON) == {("notify", FEES): at(60, 8, 5)}
