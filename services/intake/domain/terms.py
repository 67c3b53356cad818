"""Deadlines: by when an application must be submitted, and what happens to it otherwise.

An application that began in a period is due by the end of its last day. Its applicant is warned before. On request it
is carried over to the next period when the renewal fee is paid, and staff may extend it. At its deadline it lapses;
after some time its texts and files are deleted. The deadline is the first moment that is too late.

An application that began under rolling enrollment has no term. If the policy says so, a long silence gives it a last
deadline, which is removed by anything that its applicant does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.claims import Money
from contracts.event import Event
from contracts.events.deadlines import ApplicationDeadlineMoved, ApplicationRenewalCancelled, ApplicationRenewalDue
from contracts.refusals import Fault, Invalid, Text, WrongState
from services.intake.domain import periods
from services.intake.domain.applications import Application, note
from services.intake.domain.periods import Period, day_of, end_of_day
from services.intake.domain.states import UNSUBMITTED, Action, State, next_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The policy's rules of deadlines (`program.policy.Policy`). `warn_days`: the largest number first."""

    by_period: bool
    zone: ZoneInfo
    warn_days: tuple[int, ...]
    renewal_fee: Money
    purge_after: timedelta | None = None
    silence: timedelta | None = None

    def today(self, now: datetime) -> date:
        """The present day in the program's zone."""
        return day_of(now, self.zone)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A request to be carried over to a period. Its fee is not paid yet."""

    renewal_id: UUID
    to: Period
    fee: Money
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The deadline of one application. `due_at`: the first moment that is too late. `extended_to`: its last day, if
    that is not the period's; `reason`: the staff's reason for the last extension.

    `silent_since`: the term was given for a long silence since that time. `warned_at`: warnings from before it are not
    sent any more.
    """

    application_id: UUID
    due_at: datetime
    warned_at: datetime
    period: Period | None = None
    extended_to: date | None = None
    silent_since: datetime | None = None
    renewal: Renewal | None = None
    reason: str | None = None
    lapsed_at: datetime | None = None
    purged_at: datetime | None = None

    @property
    def last_day(self) -> date:
        """The last day on which it may be submitted, in the program's zone."""
        if self.extended_to is not None:
            return self.extended_to
        assert self.period is not None, "without a period there is an extension; the schema sees to it"
        return self.period.last_day


Moved = tuple[Application, Term, tuple[Event, ...]]
"""The application and its term after a change, and the events to say."""


def in_force(term: Term | None, changed_at: datetime) -> Term | None:
    """The term, unless it was given for a silence that is over, because its application changed after it."""
    if term is None or term.silent_since is None:
        return term
    return None if changed_at > term.silent_since else term


def begin(application: Application, known: Sequence[Period], rules: Rules, now: datetime) -> Term | None:
    """The term of a new application; None under rolling enrollment. Refuses a start outside of periods."""
    if not rules.by_period:
        return None
    period = periods.current(known, rules.today(now))
    if period is None:
        raise WrongState(closed(known, rules, now), type="no_open_period")
    due_at = end_of_day(period.last_day, rules.zone)
    return Term(application_id=application.application_id, due_at=due_at, warned_at=now, period=period)


def closed(known: Sequence[Period], rules: Rules, now: datetime) -> Text:
    """Why nothing can begin now, with the days of the next period."""
    following = periods.following(known, rules.today(now))
    if following is None:
        return Text("No enrollment period is open, and the next one is not planned yet. Look here again later.")
    return Text(
        "No enrollment period is open. The next one is %(name)s, from %(first)s to %(last)s; begin then.",
        name=following.name,
        first=following.first_day.isoformat(),
        last=following.last_day.isoformat(),
    )


def check_in_time(application: Application, term: Term | None, now: datetime) -> None:
    """Refuses an act after the deadline. Any act removes a deadline that was given for silence."""
    if term is None or now < term.due_at or term.silent_since is not None or application.state not in UNSUBMITTED:
        return
    day = term.last_day.isoformat()
    raise WrongState(Text("The time of this application is over: its last day was %(day)s.", day=day), type="too_late")


def ask_renewal(
    application: Application,
    term: Term | None,
    known: Sequence[Period],
    rules: Rules,
    *,
    renewal_id: UUID,
    person_version: int,
    now: datetime,
) -> Moved:
    """The applicant asks to be carried over to the next period. Asked again, it is the same request."""
    next_state(application.state, Action.RENEW)
    if term is None or term.period is None:
        raise WrongState(
            Text("This application has no deadline, so there is nothing to carry it over to."), type="no_deadline"
        )
    if term.renewal is not None:
        return application, term, ()
    check_in_time(application, term, now)
    to = next((one for one in periods.in_order(known) if _is_after(one, term.period, term.last_day)), None)
    if to is None:
        text = Text("The next period is not planned yet. Ask the program's staff for more time.")
        raise WrongState(text, type="no_next_period")
    asked = replace(term, renewal=Renewal(renewal_id, to, rules.renewal_fee, now))
    return (
        note(application, now, "renewal_asked"),
        asked,
        (
            ApplicationRenewalDue(
                application_id=application.application_id,
                person_id=application.person_id,
                person_version=person_version,
                renewal_id=renewal_id,
                credential=application.credential,
                credential_version=application.credential_version,
                fee=rules.renewal_fee,
                due_at=term.due_at,
            ),
        ),
    )


def _is_after(one: Period, period: Period, last_day: date) -> bool:
    return one.first_day > period.last_day and one.last_day > last_day


def settle_renewal(application: Application, term: Term, renewal_id: UUID, rules: Rules, at: datetime) -> Moved:
    """The fee of a renewal is paid: the application is due by the end of the next period.

    A renewal that is not wanted any more was cancelled, and its fee goes back through that. If the application ended
    while the fee was paid, the renewal is cancelled here.
    """
    state = next_state(application.state, Action.RENEWAL_SETTLED)
    renewal = term.renewal
    if renewal is None or renewal.renewal_id != renewal_id:
        return application, term, ()
    if state is not State.OPEN:
        return note(application, at, "renewal_cancelled"), *without_renewal(application, term)
    renewed = replace(
        term,
        period=renewal.to,
        due_at=end_of_day(renewal.to.last_day, rules.zone),
        extended_to=None,
        renewal=None,
        warned_at=at,
    )
    return note(application, at, "renewed"), renewed, (_moved(application, renewed, "renewed"),)


def end_renewal(application: Application, term: Term | None) -> tuple[Term | None, tuple[Event, ...]]:
    """The application is submitted or withdrawn, so a requested renewal is not carried out."""
    return (term, ()) if term is None else without_renewal(application, term)


def without_renewal(application: Application, term: Term) -> tuple[Term, tuple[Event, ...]]:
    """The term without the requested renewal, and the events to say."""
    if term.renewal is None:
        return term, ()
    cancelled = ApplicationRenewalCancelled(
        application_id=application.application_id,
        person_id=application.person_id,
        renewal_id=term.renewal.renewal_id,
    )
    return replace(term, renewal=None), (cancelled,)


def extend(application: Application, term: Term | None, day: date, rules: Rules, now: datetime) -> Moved:
    """Staff give an application time until the end of a later day."""
    next_state(application.state, Action.EXTEND)
    if term is None:
        raise WrongState(Text("This application has no deadline, so there is nothing to extend."), type="no_deadline")
    furthest = rules.today(now).year + periods.FURTHEST_YEARS
    if day.year > furthest:
        text = Text("That is too far ahead.")
        raise Invalid(Fault("day", Text("must be in %(year)s or earlier", year=furthest)), text=text)
    earliest = max(term.last_day + timedelta(days=1), rules.today(now))
    if day < earliest:
        text = Text("An extension must give more time than the present deadline.")
        raise Invalid(Fault("day", Text("must be %(day)s or later", day=earliest.isoformat())), text=text)
    due_at = end_of_day(day, rules.zone)
    extended = replace(term, due_at=due_at, extended_to=day, silent_since=None, warned_at=now)
    return note(application, now, "extended"), extended, (_moved(application, extended, "extended"),)


def _moved(application: Application, term: Term, because: str) -> ApplicationDeadlineMoved:
    return ApplicationDeadlineMoved(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
        due_at=term.due_at,
        because=because,
    )
