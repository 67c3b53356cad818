"""Business days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.calendar import add_business_days, due_at

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (MONDAY, 1, date(2026, 11, 24)),
        (MONDAY, 4, date(2026, 11, 27)),
        (MONDAY, 5, date(2026, 11, 30)),
        (MONDAY, 14, date(2026, 12, 11)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 11, 29), 1, date(2026, 11, 30)),
        (date(2026, 11, 29), 5, date(2026, 12, 4)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
    ],
)
def test_business_days(start: date, days: int, end: date) -> None:
    assert add_business_days(start, days) == end


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_exactly_that_many_working_days_lie_between(start: date, days: int) -> None:
    end = add_business_days(start, days)
    after = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < 5 for day in after) == days
    assert end.weekday() < 5


def test_less_than_a_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        add_business_days(MONDAY, 0)


def test_due_at_the_end_of_the_day_in_utc() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert due_at(late, 1) == datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC)
