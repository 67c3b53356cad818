"""Letters by third parties: who may be asked, when reminders come, what a link allows."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.catalog import LetterPolicy, Limits, Requirement
from contracts.refusals import Invalid, Refused, WrongState
from services.intake.domain import letter_requirements, letters, referees, undelivered
from services.intake.domain.letters import (
    FACTS,
    HOLDING,
    TRANSITIONS,
    Action,
    LetterRequest,
    Referee,
    State,
    Undelivered,
)
from services.intake.domain.referees import Standing
from services.intake.domain.states import State as ApplicationState
from tests.unit.intake.builders import APPLICATION, NOW, application, definition

POLICY = LetterPolicy(link_days=60, reminder_days=(7, 14), again_days=3)
WANTED = Requirement(key="letter", kind="letter", name="Letter", limits=Limits(min_count=1, max_count=2))
OPEN = application(state=ApplicationState.OPEN)
OWN = b"own"


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


def request(n: int = 1, state: State = State.ASKED, **changes: object) -> LetterRequest:
    found = LetterRequest(
        request_id=UUID(int=n),
        application_id=APPLICATION,
        requirement="letter",
        contact_id=UUID(int=100 + n),
        name="Bo",
        email="bo@partner.example",
        referee_hash=bytes([n]),
        asked_at=NOW,
        expires_at=days(60),
        next_reminder_at=days(7),
    )
    return replace(found, state=state, **changes)  # type: ignore[arg-type]


def ask(referee: bytes, *requests: LetterRequest) -> LetterRequest:
    return letters.ask(
        WANTED,
        Referee("Bo", "bo@partner.example", referee),
        requests,
        application=OPEN,
        own_hash=OWN,
        request_id=UUID(int=9),
        contact_id=UUID(int=10),
        policy=POLICY,
        now=NOW,
    )


def test_every_pair_of_state_and_action_leads_somewhere_or_is_refused() -> None:
    for state in State:
        for action in Action:
            before = request(state=state)
            if (state, action) in TRANSITIONS:
                assert letters.next_in(before, action) is TRANSITIONS[state, action]
            else:
                with pytest.raises(WrongState) as refused:
                    letters.next_in(before, action)
                assert refused.value.type == "letter_settled"
    for fact in FACTS:
        assert {state for state, action in TRANSITIONS if action is fact} == set(State)
    # What is settled stays so, but for who declined and thinks again.
    assert {after for (state, _), after in TRANSITIONS.items() if state is State.RECEIVED} == {State.RECEIVED}


def test_asking_makes_a_link_for_as_long_as_the_policy_says() -> None:
    asked = ask(b"bo")
    assert (asked.state, asked.expires_at, asked.next_reminder_at) == (State.ASKED, days(60), days(7))


@pytest.mark.parametrize(
    ("referee", "requests", "kind"),
    [
        (OWN, [], Invalid),
        (b"\x01", [request(1)], Invalid),
        (b"\x01", [request(1, State.RECEIVED)], Invalid),
        (b"\x01", [request(1, State.DECLINED)], Invalid),
        (b"x", [request(1), request(2)], WrongState),
        (b"x", [request(1), request(2, State.RECEIVED)], WrongState),
    ],
)
def test_who_may_not_be_asked(referee: bytes, requests: list[LetterRequest], kind: type[Refused]) -> None:
    with pytest.raises(kind):
        ask(referee, *requests)


def test_who_was_given_up_and_who_was_asked_for_something_else_may_be_asked() -> None:
    assert ask(b"\x01", request(1, State.WITHDRAWN)).state is State.ASKED
    assert ask(b"\x01", request(1, requirement="another")).state is State.ASKED
    assert ask(b"x", request(1), *(request(n, state) for n, state in enumerate(set(State) - HOLDING, 2))).state


@pytest.mark.parametrize(("now", "expected"), [(0, 7), (6.9, 7), (7, 14), (13, 14), (14, None), (20, None)])
def test_the_next_reminder_is_one_that_is_not_due_yet(now: float, expected: int | None) -> None:
    found = letters.next_reminder(NOW, POLICY, days(now))
    assert found == (None if expected is None else days(expected))


def test_reminders_on_time() -> None:
    assert letters.remind_on_time(request(), POLICY, days(6.9)) == request()
    once = letters.remind_on_time(request(), POLICY, days(7))
    assert (once.reminded_at, once.next_reminder_at, once.expires_at) == ((days(7),), days(14), days(60))
    late = letters.remind_on_time(request(), POLICY, days(30))
    assert (late.reminded_at, late.next_reminder_at) == ((days(30),), None)
    for over in (request(state=State.RECEIVED), request(expires_at=days(7)), request(next_reminder_at=None)):
        assert letters.remind_on_time(over, POLICY, days(7)) is over


def test_the_applicant_reminds_after_some_days_and_then_we_wait_too() -> None:
    with pytest.raises(WrongState, match="3 days after the last mail"):
        letters.remind(request(), POLICY, days(2.9))
    found = letters.remind(request(), POLICY, days(5))
    assert (found.reminded_at, found.expires_at, found.next_reminder_at) == ((days(5),), days(65), days(14))
    with pytest.raises(WrongState, match="3 days after the last mail"):
        letters.remind(found, POLICY, days(7.9))


def test_at_the_end_nothing_of_the_referee_is_left_but_a_hash() -> None:
    found = letters.settle(request(), Action.RECEIVE, days(1))
    assert (found.state, found.name, found.email, found.next_reminder_at, found.settled_at) == (
        State.RECEIVED,
        "",
        "",
        None,
        days(1),
    )


SUBMITTED = application(state=ApplicationState.SUBMITTED)


@pytest.mark.parametrize(
    ("one", "about", "now", "standing"),
    [
        (request(), OPEN, 0, Standing.OPEN),
        (request(), OPEN, 59.9, Standing.OPEN),
        (request(), OPEN, 60, Standing.EXPIRED),
        (request(), SUBMITTED, 0, Standing.CLOSED),
        (request(state=State.RECEIVED), SUBMITTED, 90, Standing.RECEIVED),
        (request(state=State.WITHDRAWN), SUBMITTED, 90, Standing.WITHDRAWN),
        (request(state=State.CLOSED), SUBMITTED, 0, Standing.CLOSED),
        (request(state=State.DECLINED), OPEN, 0, Standing.DECLINED),
        (request(state=State.DECLINED), OPEN, 60, Standing.EXPIRED),
        (request(state=State.DECLINED), SUBMITTED, 0, Standing.CLOSED),
    ],
)
def test_what_a_link_is_good_for(one: LetterRequest, about: object, now: float, standing: Standing) -> None:
    assert referees.standing(one, about, WANTED, [one], days(now)) is standing  # type: ignore[arg-type]


def test_who_declined_cannot_think_again_when_others_were_asked_in_their_place() -> None:
    declined = request(1, State.DECLINED)
    others = [declined, request(2), request(3, State.RECEIVED)]
    assert referees.standing(declined, OPEN, WANTED, others, NOW) is Standing.WITHDRAWN


@pytest.mark.parametrize("standing", Standing)
def test_what_may_be_done_by_a_link(standing: Standing) -> None:
    for action, allowed in (
        (Action.RECEIVE, {Standing.OPEN, Standing.DECLINED}),
        (Action.DECLINE, {Standing.OPEN}),
    ):
        if standing in allowed:
            referees.check(standing, action)
        else:
            with pytest.raises(WrongState) as refused:
                referees.check(standing, action)
            assert refused.value.type == f"letter_{standing.value}"


def test_a_mail_that_came_back_is_noted_and_a_refused_address_gets_no_reminders() -> None:
    for because, reminder in (("refused", None), ("too_late", days(7))):
        back = undelivered.come_back(request(), because, days(1))
        assert (back.state, back.undelivered, back.next_reminder_at) == (
            State.ASKED,
            Undelivered(days(1), because),
            reminder,
        )
        assert undelivered.come_back(back, "no_address", days(2)) is back
        # They may be asked again at once, and what came back is over.
        again = letters.remind(back, POLICY, days(1))
        assert (again.undelivered, again.reminded_at, again.next_reminder_at) == (None, (days(1),), days(7))


@pytest.mark.parametrize("state", [one for one in State if one is not State.ASKED])
def test_a_mail_that_came_back_changes_nothing_of_what_is_settled(state: State) -> None:
    settled = request(state=state)
    assert undelivered.come_back(settled, "refused", days(1)) is settled


def test_a_reminder_on_time_ends_what_came_back() -> None:
    back = undelivered.come_back(request(), "too_late", days(1))
    assert letters.remind_on_time(back, POLICY, days(7)).undelivered is None


@pytest.mark.parametrize("state", ApplicationState)
@pytest.mark.parametrize("due", ["before_submission", "after_submission"])
def test_until_when_a_letter_is_awaited_and_when_it_can_be_asked_for(state: ApplicationState, due: str) -> None:
    about, known = application(state=state), definition(requirements=[WANTED.model_dump() | {"due": due}])
    (wanted,) = known.requirements
    submitted = state in (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)
    awaited = state is ApplicationState.OPEN or (submitted and due == "after_submission")
    assert letter_requirements.is_awaited(about, wanted) is awaited
    assert letter_requirements.is_awaited(about, None) is False
    now = submitted if due == "after_submission" else state is ApplicationState.OPEN
    assert letter_requirements.to_ask_now(about, known) == (frozenset({"letter"}) if now else frozenset())
    if now:
        assert letter_requirements.to_ask(about, known, "letter") == wanted
    else:
        with pytest.raises(WrongState):
            letter_requirements.to_ask(about, known, "letter")
