"""Every action in every state, and what a mail's outcome says."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from contracts.events.notify import MailFailed, MailSent
from services.notify.domain import mails
from services.notify.domain.mails import Accepted, Action, Deferred, DeliveryResult, Dropped, Mail, Refused, State
from services.notify.domain.occasions import Occasion

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVENT, PERSON, APPLICATION, STORY = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
OUTCOMES: dict[Action, DeliveryResult] = {
    Action.ACCEPT: Accepted("<m@example.org>"),
    Action.DEFER: Deferred("relay said 451"),
    Action.REFUSE: Refused("refused"),
    Action.DROP: Dropped("erased"),
}
MOVES = {
    (State.DUE, Action.ACCEPT): State.SENT,
    (State.DUE, Action.DEFER): State.DUE,
    (State.DUE, Action.REFUSE): State.FAILED,
    (State.DUE, Action.DROP): State.DROPPED,
}


def a_mail(**changes: object) -> Mail:
    fields = {
        "event_id": EVENT,
        "person_id": PERSON,
        "application_id": APPLICATION,
        "correlation_id": STORY,
        "template": "fee_due",
        "state": State.DUE,
        "attempts": 0,
        "created_at": NOON,
        "next_attempt_at": NOON,
    }
    return Mail(**(fields | changes))  # type: ignore[arg-type]


def test_there_is_an_outcome_for_every_action() -> None:
    assert set(OUTCOMES) == set(Action)


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_action_in_every_state(state: State, action: Action) -> None:
    before = a_mail(state=state)
    after, said = mails.conclude(before, OUTCOMES[action], NOON)
    if (state, action) in MOVES:
        assert after.state == MOVES[state, action]
        assert (said is None) == (action is Action.DEFER)
    else:
        assert (after, said) == (before, None)


def test_a_mail_that_the_relay_took_says_so_under_its_application() -> None:
    _, said = mails.conclude(a_mail(), Accepted("<m@example.org>"), NOON)
    assert said == MailSent(
        event_id=EVENT, template="fee_due", person_id=PERSON, application_id=APPLICATION, message_id="<m@example.org>"
    )
    assert said.key == str(APPLICATION)


def test_a_mail_without_an_application_is_said_under_its_person() -> None:
    _, said = mails.conclude(a_mail(application_id=None), Refused("refused"), NOON)
    assert said == MailFailed(
        event_id=EVENT, template="fee_due", person_id=PERSON, application_id=None, reason="refused"
    )
    assert said.key == str(PERSON)


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    assert [mails.wait(attempt).total_seconds() for attempt in range(10)] == [
        5,
        10,
        20,
        40,
        80,
        160,
        320,
        640,
        900,
        900,
    ]
    assert mails.wait(100_000) == timedelta(minutes=15)


def test_a_deferred_mail_is_due_again_after_its_wait() -> None:
    after, said = mails.conclude(a_mail(attempts=2), Deferred("relay said 451"), NOON)
    assert (after, said) == (
        a_mail(attempts=3, next_attempt_at=NOON + timedelta(seconds=20), reason="relay said 451"),
        None,
    )


def test_a_mail_is_given_up_after_a_day() -> None:
    last_try = NOON + timedelta(hours=23, minutes=45)
    just_before = last_try - timedelta(seconds=1)
    assert mails.conclude(a_mail(attempts=50), Deferred("relay away"), just_before)[0].state is State.DUE
    after, said = mails.conclude(a_mail(attempts=50), Deferred("relay away"), last_try)
    assert after.state is State.FAILED
    assert said == MailFailed(
        event_id=EVENT, template="fee_due", person_id=PERSON, application_id=APPLICATION, reason="too_late"
    )


def test_how_a_mail_begins() -> None:
    occasion = Occasion("sign_in", PERSON, expires_at=NOON + timedelta(minutes=15))
    begun = a_mail(template="sign_in", application_id=None, expires_at=NOON + timedelta(minutes=15))
    assert mails.receive(occasion, EVENT, STORY, NOON) == begun


def test_a_link_may_be_mailed_until_it_expires() -> None:
    mail = a_mail(expires_at=NOON)
    assert mails.before_sending(mail, NOON - timedelta(microseconds=1), complete=True, erased=False) is None
    assert mails.before_sending(mail, NOON, complete=True, erased=False) == Dropped("too_late")
    assert mails.before_sending(a_mail(expires_at=None), NOON, complete=True, erased=False) is None


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("expires_at", [None, NOON])
def test_who_is_erased_is_not_mailed_whatever_else(expires_at: datetime | None, complete: bool) -> None:
    assert mails.before_sending(a_mail(expires_at=expires_at), NOON, complete=complete, erased=True) == Dropped(
        "erased"
    )


def test_who_has_lost_the_role_that_a_mail_is_for_is_not_mailed() -> None:
    assert mails.before_sending(a_mail(), NOON, complete=True, erased=False, role_lost=True) == Dropped("role_lost")
    assert mails.before_sending(a_mail(), NOON, complete=True, erased=True, role_lost=True) == Dropped("erased")


def test_a_mail_that_waited_in_vain_fails() -> None:
    assert mails.before_sending(a_mail(), NOON, complete=False, erased=False) == Refused("too_late")
