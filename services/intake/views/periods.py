"""Enrollment periods, for everybody and for staff."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from services.intake.domain import periods
from services.intake.domain.terms import Rules
from services.intake.views import Maybe, View


class Period(View):
    """An enrollment period. It includes both days, in `time_zone`. `closes_at`: the first moment that is too late.

    `state`: planned, open, closed.
    """

    period_id: UUID
    name: str
    first_day: date
    last_day: date
    time_zone: str
    opens_at: datetime
    closes_at: datetime
    state: str


class Enrollment(View):
    """When an application can begin. Rolling: at any time. Otherwise in the period that is `open`; `following` is the
    first one after it."""

    rolling: bool
    open: Maybe[Period] = None
    following: Maybe[Period] = None

    @property
    def possible(self) -> bool:
        """Whether an application can begin now, by the periods."""
        return self.rolling or self.open is not None


class Counted(Period):
    """A period for staff: its number of applications, and how many of them can still be submitted in it."""

    applications: int
    waiting: int


def period(found: periods.Period, rules: Rules, now: datetime) -> Period:
    """A period."""
    return Period(**_fields(found, rules, now))


def counted(
    found: Sequence[periods.Period], numbers: Mapping[UUID, tuple[int, int]], rules: Rules, now: datetime
) -> list[Counted]:
    """Periods with their numbers."""
    return [
        Counted(**_fields(one, rules, now), applications=number, waiting=waiting)
        for one, (number, waiting) in ((one, numbers.get(one.period_id, (0, 0))) for one in found)
    ]


def enrollment(known: Sequence[periods.Period], rules: Rules, now: datetime) -> Enrollment:
    """When an application can begin."""
    if not rules.by_period:
        return Enrollment(rolling=True)
    today = rules.today(now)
    current, following = periods.current(known, today), periods.following(known, today)
    return Enrollment(
        rolling=False,
        open=None if current is None else period(current, rules, now),
        following=None if following is None else period(following, rules, now),
    )


def _fields(found: periods.Period, rules: Rules, now: datetime) -> dict[str, object]:
    return {
        "period_id": found.period_id,
        "name": found.name,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "time_zone": rules.zone.key,
        "opens_at": periods.start_of_day(found.first_day, rules.zone),
        "closes_at": periods.end_of_day(found.last_day, rules.zone),
        "state": found.stage(rules.today(now)).value,
    }
