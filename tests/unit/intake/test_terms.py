"""The effect of time on an application, as a function: warned about, closed, purged, and the next look."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.claims import Money
from contracts.events.applications import ApplicationLapsed
from contracts.events.deadlines import ApplicationDeadlineNear, ApplicationRenewalCancelled
from contracts.refusals import WrongState
from services.intake.domain import clock, terms
from services.intake.domain.periods import Period, end_of_day
from services.intake.domain.states import UNSUBMITTED, State
from services.intake.domain.terms import Renewal, Rules, Term
from tests.unit.intake.builders import APPLICATION, application

NEW_YORK = ZoneInfo("America/New_York")
SPRING = Period(period_id=UUID(int=1), name="Spring", first_day=date(2027, 1, 11), last_day=date(2027, 4, 30))
SUMMER = Period(period_id=UUID(int=2), name="Summer", first_day=date(2027, 5, 17), last_day=date(2027, 8, 31))
RULES = Rules(
    by_period=True,
    zone=NEW_YORK,
    warn_days=(30, 7, 1),
    renewal_fee=Money(amount_minor=6000),
    purge_after=timedelta(days=90),
)
BEGAN = datetime(2027, 2, 1, 12, tzinfo=NEW_YORK)
DUE = end_of_day(SPRING.last_day, NEW_YORK)
RENEWAL = Renewal(UUID(int=9), SUMMER, RULES.renewal_fee, BEGAN)


def term(**changes: object) -> Term:
    found = Term(application_id=APPLICATION, due_at=DUE, warned_at=BEGAN, period=SPRING)
    return replace(found, **changes)  # type: ignore[arg-type]


def days_before(days: int) -> datetime:
    return end_of_day(SPRING.last_day - timedelta(days=days), NEW_YORK)


@given(
    hours=st.lists(st.integers(24, 24 * 200), max_size=20),
    warn=st.sets(st.integers(1, 80), max_size=5),
)
def test_however_often_the_clock_looks_each_thing_happens_once(hours: list[int], warn: set[int]) -> None:
    rules = replace(RULES, warn_days=tuple(sorted(warn, reverse=True)))
    state, found = application(state=State.OPEN), term()
    warned, lapsed = [], 0
    looks = sorted(BEGAN + timedelta(hours=hour) for hour in hours)
    for now in looks:
        visit = clock.visit(state, found, rules, changed_at=BEGAN, now=now)
        assert visit.term is not None
        warned += [now for event in visit.events if isinstance(event, ApplicationDeadlineNear)]
        lapsed += sum(isinstance(event, ApplicationLapsed) for event in visit.events)
        state, found = visit.application, visit.term
        again = clock.next_look(state, found, rules)
        assert again is None or again > now, "the clock would look at it for ever"
    assert lapsed == (1 if any(look >= DUE for look in looks) else 0)
    assert len(warned) <= len(warn)
    assert all(BEGAN < moment < DUE for moment in warned)


def test_the_clock_looks_exactly_when_something_is_due() -> None:
    open_one, found, looks = application(state=State.OPEN), term(), []
    while (now := clock.next_look(open_one, found, RULES)) is not None:
        looks.append(now)
        before = clock.visit(open_one, found, RULES, changed_at=BEGAN, now=now - timedelta(microseconds=1))
        assert (before.application, before.events) == (open_one, ()), "nothing was due a moment earlier"
        visit = clock.visit(open_one, found, RULES, changed_at=BEGAN, now=now)
        assert visit.term is not None
        open_one, found = visit.application, visit.term
    assert looks == [days_before(30), days_before(7), days_before(1), DUE, DUE + timedelta(days=90)]
    assert (open_one.state, found.purged_at) == (State.LAPSED, DUE + timedelta(days=90))


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_not_submitted_lapses(state: State) -> None:
    visit = clock.visit(application(state=state), term(), RULES, changed_at=BEGAN, now=DUE + timedelta(days=400))
    assert visit.application.state is (State.LAPSED if state in UNSUBMITTED else state)


def test_a_deadline_that_comes_nearer_is_warned_of_again() -> None:
    warned = term(warned_at=days_before(30))
    nearer = replace(warned, period=replace(SPRING, last_day=date(2027, 4, 10)))
    now = datetime(2027, 4, 5, 12, tzinfo=NEW_YORK)
    visit = clock.visit(application(state=State.OPEN), nearer, RULES, changed_at=BEGAN, now=now)
    (event,) = visit.events
    assert isinstance(event, ApplicationDeadlineNear)
    assert event.due_at == end_of_day(date(2027, 4, 10), NEW_YORK)


def test_a_zone_that_is_another_now_moves_the_deadline() -> None:
    rules = replace(RULES, zone=ZoneInfo("Asia/Tokyo"))
    visit = clock.visit(application(state=State.OPEN), term(), rules, changed_at=BEGAN, now=BEGAN)
    assert visit.term is not None
    assert visit.term.due_at == end_of_day(SPRING.last_day, rules.zone)


def test_a_lapse_cancels_the_renewal_that_was_not_paid() -> None:
    asked = term(renewal=RENEWAL)
    waiting = clock.visit(application(state=State.OPEN), asked, RULES, changed_at=BEGAN, now=DUE)
    assert (waiting.application.state, waiting.events) == (State.OPEN, ())
    after = clock.visit(
        application(state=State.OPEN), asked, RULES, changed_at=BEGAN, now=DUE + clock.PAYMENT_ON_ITS_WAY
    )
    assert [type(event) for event in after.events] == [ApplicationRenewalCancelled, ApplicationLapsed]
    assert after.term is not None
    assert after.term.renewal is None


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_a_renewal_paid_for_what_has_ended_is_cancelled(state: State) -> None:
    _, after, events = terms.settle_renewal(
        application(state=state), term(renewal=RENEWAL), RENEWAL.renewal_id, RULES, BEGAN
    )
    assert ([type(event) for event in events], after.renewal) == ([ApplicationRenewalCancelled], None)


def test_another_renewals_fee_changes_nothing() -> None:
    asked = term(renewal=RENEWAL)
    assert terms.settle_renewal(application(state=State.OPEN), asked, UUID(int=8), RULES, BEGAN)[1:] == (asked, ())


def test_an_extension_beyond_the_next_period_is_carried_over_to_one_that_is_later_still() -> None:
    long = term(extended_to=date(2027, 9, 30), due_at=end_of_day(date(2027, 9, 30), NEW_YORK))
    winter = Period(period_id=UUID(int=3), name="Winter", first_day=date(2027, 10, 1), last_day=date(2028, 1, 31))
    _, asked, _ = terms.ask_renewal(
        application(state=State.OPEN),
        long,
        (SPRING, SUMMER, winter),
        RULES,
        renewal_id=RENEWAL.renewal_id,
        person_version=1,
        now=BEGAN,
    )
    assert asked.renewal is not None
    assert asked.renewal.to == winter


def test_a_silence_gives_a_deadline_that_anything_takes_away() -> None:
    rules = replace(RULES, by_period=False, silence=timedelta(days=365))
    silent = clock.fall_silent(application(state=State.OPEN), rules, BEGAN)
    assert silent.term is not None
    assert silent.term.last_day == date(2027, 3, 3)
    (event,) = silent.events
    assert isinstance(event, ApplicationDeadlineNear)
    assert event.because == "silence"
    over = silent.term.due_at + timedelta(days=1)
    assert clock.visit(silent.application, silent.term, rules, changed_at=BEGAN, now=over).application.state is (
        State.LAPSED
    )
    went_on = clock.visit(silent.application, silent.term, rules, changed_at=BEGAN + timedelta(seconds=1), now=over)
    assert (went_on.application.state, went_on.term) == (State.OPEN, None)
    terms.check_in_time(silent.application, silent.term, over)


def test_too_late_is_refused_for_what_is_not_submitted_only() -> None:
    for state in UNSUBMITTED:
        terms.check_in_time(application(state=state), term(), DUE - timedelta(microseconds=1))
        with pytest.raises(WrongState) as refused:
            terms.check_in_time(application(state=state), term(), DUE)
        assert refused.value.type == "too_late"
    terms.check_in_time(application(state=State.SUBMITTED), term(), DUE)
    terms.check_in_time(application(state=State.OPEN), None, DUE)
