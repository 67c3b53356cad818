"""Enrollment periods: whole days in the program's zone, from the first to the end of the last.

`end_of_day` is the only place where a day becomes a moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.refusals import Fault, Invalid, NotThere, Text, WrongState

FURTHEST_YEARS = 10
"""A day that is further ahead is a typing mistake."""


class Stage(StrEnum):
    """The state of a period. It follows from its days and the clock."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """An enrollment period. It includes both days. `key`: its name in the program's data; None if staff made it."""

    period_id: UUID
    name: str
    first_day: date
    last_day: date
    key: str | None = None

    def kept(self) -> Mapping[str, str]:
        """What staff can change of it, by name, for its edition (`domain.editions`)."""
        return kept(self.name, self.first_day, self.last_day)

    def stage(self, today: date) -> Stage:
        """Its stage on a day of the program's zone."""
        if today < self.first_day:
            return Stage.PLANNED
        return Stage.OPEN if today <= self.last_day else Stage.CLOSED


def kept(name: str, first_day: date, last_day: date) -> Mapping[str, str]:
    """What staff can change of a period, as the API shows it."""
    return {"name": name, "first_day": first_day.isoformat(), "last_day": last_day.isoformat()}


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) after a day in a zone.

    If clocks skip midnight, it is the moment at which they do. If they reach midnight twice, it is the first time.
    """
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of a day in a zone."""
    return end_of_day(day - timedelta(days=1), zone)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day of a moment in a zone."""
    return moment.astimezone(zone).date()


def in_order(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Periods by their days."""
    return tuple(sorted(periods, key=lambda period: period.first_day))


def current(periods: Sequence[Period], today: date) -> Period | None:
    """The period that is open on a day."""
    return next((period for period in periods if period.stage(today) is Stage.OPEN), None)


def following(periods: Sequence[Period], day: date) -> Period | None:
    """The first period that begins after a day."""
    return next((period for period in in_order(periods) if period.first_day > day), None)


def unknown(period_id: UUID) -> NotThere:
    """The refusal for a period that does not exist."""
    return NotThere(Text("There is no period %(period_id)s.", period_id=period_id))


def find(periods: Sequence[Period], period_id: UUID) -> Period:
    """One of these periods. Raises NotThere."""
    found = next((period for period in periods if period.period_id == period_id), None)
    if found is None:
        raise unknown(period_id)
    return found


def plan(periods: Sequence[Period], new: Period, today: date) -> Period:
    """A new period beside the others. Refuses days that are not possible."""
    if new.last_day < today:
        raise Invalid(Fault("last_day", Text("must not be over yet")), text=Text("This period would be over already."))
    _check_days(periods, new, today)
    return new


def change(
    periods: Sequence[Period], before: Period, today: date, *, name: str, first_day: date, last_day: date
) -> Period:
    """A period with another name or other days. A period that has begun keeps its first day; a closed one stays as it
    was."""
    stage = before.stage(today)
    if stage is Stage.CLOSED:
        raise WrongState(
            Text("%(name)s is closed, so it cannot be changed any more.", name=before.name), type="period_closed"
        )
    after = replace(before, name=name, first_day=first_day, last_day=last_day)
    if stage is Stage.OPEN and first_day != before.first_day:
        text = Text("%(name)s has begun; its first day stays as it is.", name=before.name)
        raise Invalid(Fault("first_day", Text("must stay %(day)s", day=before.first_day.isoformat())), text=text)
    if last_day < today:
        raise Invalid(
            Fault("last_day", Text("must not be over yet")),
            text=Text("A period cannot end in the past. The earliest end is the end of today."),
        )
    _check_days([period for period in periods if period.period_id != before.period_id], after, today)
    return after


def take_out(before: Period, today: date) -> None:
    """Checks that a period may be removed: only while it is planned."""
    if before.stage(today) is not Stage.PLANNED:
        raise WrongState(
            Text("%(name)s has begun, so it cannot be removed any more.", name=before.name), type="period_begun"
        )


def in_use(before: Period) -> WrongState:
    """The refusal for a period to which applications were carried over, or will be."""
    text = Text("Applications are carried over to %(name)s, so it cannot be removed.", name=before.name)
    return WrongState(text, type="period_in_use")


def _check_days(others: Sequence[Period], period: Period, today: date) -> None:
    furthest = today.year + FURTHEST_YEARS
    for field, day in (("first_day", period.first_day), ("last_day", period.last_day)):
        if day.year > furthest:
            raise Invalid(
                Fault(field, Text("must be in %(year)s or earlier", year=furthest)),
                text=Text("That is too far ahead."),
            )
    if period.last_day < period.first_day:
        raise Invalid(
            Fault("last_day", Text("must be the first day or a later one")),
            text=Text("A period cannot end before it begins."),
        )
    for other in in_order(others):
        if period.first_day <= other.last_day and other.first_day <= period.last_day:
            first, last = other.first_day.isoformat(), other.last_day.isoformat()
            words = Text("must not be in %(name)s (%(first)s to %(last)s)", name=other.name, first=first, last=last)
            field = "first_day" if other.first_day <= period.first_day else "last_day"
            raise Invalid(Fault(field, words), text=Text("Two periods do not overlap."))
