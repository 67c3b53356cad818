"""Business days: Monday to Friday, in UTC. The service does not know public holidays; the number of days in a
credential's policy allows for them."""

from datetime import UTC, date, datetime, time, timedelta

SATURDAY = 5


def add_business_days(start: date, days: int) -> date:
    """The `days`-th business day after `start` (`start` itself never counts). `days` is at least 1."""
    if days < 1:
        raise ValueError(f"days is {days}; it must be at least 1")
    weeks, rest = divmod(days, 5)
    if start.weekday() >= SATURDAY:
        start -= timedelta(days=start.weekday() - SATURDAY + 1)
    day = start + timedelta(weeks=weeks)
    for _ in range(rest):
        day += timedelta(days=3 if day.weekday() == SATURDAY - 1 else 1)
    return day


def due_at(opened_at: datetime, business_days: int) -> datetime:
    """The last second of the day on which the scores are expected, in UTC."""
    return datetime.combine(add_business_days(opened_at.astimezone(UTC).date(), business_days), time(23, 59, 59), UTC)
