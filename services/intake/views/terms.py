"""The deadline of an application, for its applicant and for staff."""

from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.claims import Money
from services.intake.domain import terms
from services.intake.domain.states import UNSUBMITTED, State
from services.intake.store.applications import Loaded
from services.intake.views import Maybe, View

A_MINUTE = timedelta(minutes=1)


class PeriodName(View):
    """The period of an application."""

    period_id: UUID
    name: str


class Renewal(View):
    """A request to be carried over to the next period. It is done when its fee is paid, at `/payments/{renewal_id}`."""

    renewal_id: UUID
    period: PeriodName
    fee: Money
    asked_at: datetime


class Deadline(View):
    """The deadline by which an application must be submitted. `due_at`: the first moment that is too late, the end of
    `last_day` in the program's zone.

    `because`: period, extended (by staff, with a `reason`), silence (it is removed when the applicant goes on).
    """

    due_at: datetime
    last_day: date
    because: str
    period: Maybe[PeriodName] = None
    reason: Maybe[str] = None
    renewal: Maybe[Renewal] = None

    @property
    def last_minute(self) -> datetime:
        """The last minute in which it can be submitted, because people read midnight as the beginning of a day."""
        return self.due_at - A_MINUTE


def deadline(loaded: Loaded) -> Deadline | None:
    """The deadline of an application that can still be submitted."""
    term = loaded.term
    if term is None or loaded.application.state not in UNSUBMITTED:
        return None
    extended = term.extended_to is not None
    because = "silence" if term.silent_since is not None else "extended" if extended else "period"
    return Deadline(
        due_at=term.due_at,
        last_day=term.last_day,
        because=because,
        period=None if term.period is None else PeriodName(period_id=term.period.period_id, name=term.period.name),
        reason=term.reason if because == "extended" else None,
        renewal=None if term.renewal is None else _renewal(term.renewal),
    )


def may_renew(loaded: Loaded, now: datetime) -> bool:
    """Whether its applicant may ask to be carried over now. Periods are not considered."""
    term = loaded.term
    if loaded.application.state is not State.OPEN or term is None or term.period is None:
        return False
    return term.renewal is None and now < term.due_at


def _renewal(renewal: terms.Renewal) -> Renewal:
    to = PeriodName(period_id=renewal.to.period_id, name=renewal.to.name)
    return Renewal(renewal_id=renewal.renewal_id, period=to, fee=renewal.fee, asked_at=renewal.asked_at)
