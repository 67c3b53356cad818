"""Days of the program's zone, whatever its clocks do; periods one after the other."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.refusals import Invalid, WrongState
from services.intake.domain import periods
from services.intake.domain.periods import Period, Stage, day_of, end_of_day, start_of_day

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
DAYS = st.dates(date(1971, 1, 1), date(2060, 12, 31))
A_MOMENT = timedelta(microseconds=1)


@given(day=DAYS, name=st.sampled_from(ZONES))
def test_a_day_ends_where_the_next_begins_and_its_last_moment_is_its_own(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    begins, ends = start_of_day(day, zone), end_of_day(day, zone)
    assert ends.tzinfo is UTC
    assert ends == start_of_day(day + timedelta(days=1), zone)
    assert begins <= ends
    assert day_of(ends, zone) > day
    if begins == ends:  # a whole day that a zone left out when it moved over the date line
        return
    assert day_of(ends - A_MOMENT, zone) == day
    assert day_of(begins, zone) == day
    assert timedelta(hours=20) <= ends - begins <= timedelta(hours=28)


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [
        ("America/New_York", date(2027, 4, 30), datetime(2027, 5, 1, 4, tzinfo=UTC)),
        ("America/New_York", date(2027, 3, 14), datetime(2027, 3, 15, 4, tzinfo=UTC)),  # a day of 23 hours
        ("America/New_York", date(2027, 11, 7), datetime(2027, 11, 8, 5, tzinfo=UTC)),  # a day of 25 hours
        ("Australia/Lord_Howe", date(2027, 4, 3), datetime(2027, 4, 3, 13, tzinfo=UTC)),  # the day before the change
        ("Australia/Lord_Howe", date(2027, 4, 4), datetime(2027, 4, 4, 13, 30, tzinfo=UTC)),  # clocks move half an hour
        ("Asia/Beirut", date(2027, 3, 27), datetime(2027, 3, 27, 22, tzinfo=UTC)),  # the next day has no midnight
        ("Africa/Cairo", date(2027, 4, 29), datetime(2027, 4, 29, 22, tzinfo=UTC)),  # nor this one
        ("America/Havana", date(2027, 11, 6), datetime(2027, 11, 7, 4, tzinfo=UTC)),  # midnight comes twice: the first
        ("America/Sao_Paulo", date(2017, 2, 18), datetime(2017, 2, 19, 3, tzinfo=UTC)),  # eleven at night comes twice
        ("Pacific/Apia", date(2011, 12, 29), datetime(2011, 12, 30, 10, tzinfo=UTC)),  # the next day never came
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Pacific/Kiritimati", date(2027, 1, 1), datetime(2027, 1, 1, 10, tzinfo=UTC)),
        ("UTC", date(2028, 2, 29), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_odd_days(zone: str, day: date, ends: datetime) -> None:
    assert end_of_day(day, ZoneInfo(zone)) == ends


def period(n: int, first_day: date, last_day: date) -> Period:
    return Period(period_id=UUID(int=n), name=f"Period {n}", first_day=first_day, last_day=last_day)


SPRING = period(1, date(2027, 1, 11), date(2027, 4, 30))
SUMMER = period(2, date(2027, 5, 17), date(2027, 8, 31))
FALL = period(3, date(2027, 9, 1), date(2027, 12, 15))
TODAY = date(2027, 3, 1)


def test_where_a_period_stands() -> None:
    stages = {
        day: SPRING.stage(day) for day in (date(2027, 1, 10), date(2027, 1, 11), date(2027, 4, 30), date(2027, 5, 1))
    }
    assert list(stages.values()) == [Stage.PLANNED, Stage.OPEN, Stage.OPEN, Stage.CLOSED]


def test_the_open_one_and_the_next() -> None:
    known = (FALL, SPRING, SUMMER)
    assert [
        (periods.current(known, day), periods.following(known, day))
        for day in (date(2027, 1, 1), TODAY, date(2027, 5, 1), date(2027, 8, 31), date(2027, 9, 1), date(2028, 1, 1))
    ] == [(None, SPRING), (SPRING, SUMMER), (None, SUMMER), (SUMMER, FALL), (FALL, None), (None, None)]


@given(first=DAYS, length=st.integers(0, 400), known_first=DAYS, known_length=st.integers(0, 400))
def test_no_two_periods_share_a_day(first: date, length: int, known_first: date, known_length: int) -> None:
    known = period(1, known_first, known_first + timedelta(days=known_length))
    new = period(2, first, first + timedelta(days=length))
    theirs = {known.first_day + timedelta(days=n) for n in range(known_length + 1)}
    shares = any(new.first_day + timedelta(days=n) in theirs for n in range(length + 1))
    with pytest.raises(Invalid) if shares else nullcontext():
        periods.plan((known,), new, first)


def test_a_period_takes_its_own_place_when_it_is_changed() -> None:
    changed = periods.change(
        (SPRING, SUMMER), SUMMER, TODAY, name="Summer", first_day=date(2027, 5, 10), last_day=date(2027, 8, 1)
    )
    assert (changed.name, changed.first_day, changed.last_day) == ("Summer", date(2027, 5, 10), date(2027, 8, 1))


@pytest.mark.parametrize(
    ("before", "today", "first_day", "last_day"),
    [
        (SPRING, TODAY, date(2027, 1, 12), date(2027, 4, 30)),
        (SPRING, TODAY, date(2027, 1, 11), date(2027, 2, 28)),
        (SPRING, TODAY, date(2027, 1, 11), date(2027, 5, 17)),
        (SUMMER, TODAY, date(2027, 4, 30), date(2027, 8, 31)),
        (SUMMER, TODAY, date(2027, 8, 31), date(2027, 5, 17)),
        (SUMMER, TODAY, date(2027, 5, 17), date(2099, 5, 17)),
    ],
)
def test_a_change_that_cannot_be(before: Period, today: date, first_day: date, last_day: date) -> None:
    with pytest.raises(Invalid):
        periods.change((SPRING, SUMMER), before, today, name="N", first_day=first_day, last_day=last_day)


def test_what_is_over_or_has_begun_stays() -> None:
    with pytest.raises(WrongState):
        periods.change((SPRING,), SPRING, date(2027, 5, 1), name="N", first_day=TODAY, last_day=date(2027, 6, 1))
    for today in (SPRING.first_day, SPRING.last_day, date(2028, 1, 1)):
        with pytest.raises(WrongState):
            periods.take_out(SPRING, today)
    periods.take_out(SPRING, date(2027, 1, 10))
