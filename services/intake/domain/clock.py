"""The clock's part: an application whose time has come is warned about, lapses, or has its texts and files deleted.
`terms` says what a term is and how it moves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.event import Event
from contracts.events.applications import ApplicationLapsed
from contracts.events.deadlines import ApplicationDeadlineNear
from services.intake.domain.applications import Application, note
from services.intake.domain.periods import end_of_day
from services.intake.domain.states import UNSUBMITTED, Action, State, next_state
from services.intake.domain.terms import Rules, Term, in_force, without_renewal

PAYMENT_ON_ITS_WAY = timedelta(minutes=10)
"""How long after its deadline an application with a requested renewal is closed. A payment that was made in time may
still be on its way."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What happens to an application whose time has come. `purge`: its texts and files are deleted.

    `term` is None if the application has no deadline any more.
    """

    application: Application
    term: Term | None
    events: tuple[Event, ...] = ()
    purge: bool = False


def next_look(application: Application, term: Term, rules: Rules) -> datetime | None:
    """When the clock has to look at an application next. None: only after something else happens to it."""
    if application.state is State.LAPSED:
        if rules.purge_after is None or term.lapsed_at is None or term.purged_at is not None:
            return None
        return term.lapsed_at + rules.purge_after
    if application.state not in UNSUBMITTED:
        return None
    return min([*(moment for moment in _warnings(term, rules) if moment > term.warned_at), _closes_at(term)])


def visit(application: Application, term: Term, rules: Rules, *, changed_at: datetime, now: datetime) -> Visit:
    """What is due for an application now: a warning (the latest one whose time has come), its end, or its purge."""
    if application.state is State.LAPSED:
        look = next_look(application, term, rules)
        if look is None or now < look:
            return Visit(application, term)
        return Visit(_forgotten(application), replace(term, purged_at=now), purge=True)
    if application.state not in UNSUBMITTED:
        return Visit(application, term)
    if in_force(term, changed_at) is None:
        return Visit(application, None)
    term = replace(term, due_at=end_of_day(term.last_day, rules.zone))  # the zone or its days may be new
    if now >= _closes_at(term):
        return _lapse(application, term, now)
    come = [moment for moment in _warnings(term, rules) if term.warned_at < moment <= now]
    if not come:
        return Visit(application, term)
    # Earlier warnings that a later one overtook are not sent. None is sent after the deadline.
    events = (_near(application, term),) if now < term.due_at else ()
    return Visit(application, replace(term, warned_at=max(come)), events)


def fall_silent(application: Application, rules: Rules, now: datetime) -> Visit:
    """An application without a term in which nothing happened for a long time gets a last deadline. Its applicant is
    told.

    The longest of `warn_days` says how long they have. This is that warning, so it is not sent again at the end of the
    day.
    """
    today = rules.today(now)
    last_day = today + timedelta(days=max(rules.warn_days, default=30))
    term = Term(
        application_id=application.application_id,
        due_at=end_of_day(last_day, rules.zone),
        warned_at=end_of_day(today, rules.zone),
        extended_to=last_day,
        silent_since=now,
    )
    return Visit(application, term, (_near(application, term),))


def _lapse(application: Application, term: Term, now: datetime) -> Visit:
    state = next_state(application.state, Action.LAPSE)
    ended, cancelled = without_renewal(application, term)
    lapsed = ApplicationLapsed(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
    )
    after = note(replace(application, state=state), now, "lapsed")
    return Visit(after, replace(ended, lapsed_at=now), (*cancelled, lapsed))


def _near(application: Application, term: Term) -> ApplicationDeadlineNear:
    return ApplicationDeadlineNear(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
        due_at=term.due_at,
        because="period" if term.silent_since is None else "silence",
    )


def _forgotten(application: Application) -> Application:
    """The application without anything that its applicant wrote."""
    return replace(application, basic=None, ratings=None, path_answer=None, withdrawal_note=None)


def _warnings(term: Term, rules: Rules) -> list[datetime]:
    return [end_of_day(term.last_day - timedelta(days=days), rules.zone) for days in rules.warn_days]


def _closes_at(term: Term) -> datetime:
    return term.due_at if term.renewal is None else term.due_at + PAYMENT_ON_ITS_WAY
