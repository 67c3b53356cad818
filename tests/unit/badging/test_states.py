"""A badge's states, and the results of decisions."""

from itertools import product

import pytest

from contracts.events.badging import BadgeIssued
from services.badging.domain import badges
from services.badging.domain.badges import LIVE, TRANSITIONS, Action, Badge, State, Verdict
from tests.unit.badging import sample

SIGNED = b'{"signed": true}'
URL = "https://badges.example.org/badges/1"

IN = {
    State.UNSIGNED: sample.badge(),
    State.ISSUED: sample.badge(state=State.ISSUED, version=2, credential=SIGNED),
    State.ABANDONED: sample.badge(state=State.ABANDONED, version=2, document=None),
}
AFTER = {
    (State.UNSIGNED, Action.SIGN): IN[State.ISSUED],
    (State.UNSIGNED, Action.FORGET): IN[State.ABANDONED],
    (State.ISSUED, Action.SIGN): IN[State.ISSUED],
    (State.ISSUED, Action.FORGET): IN[State.ISSUED],
    (State.ABANDONED, Action.SIGN): IN[State.ABANDONED],
    (State.ABANDONED, Action.FORGET): IN[State.ABANDONED],
}


def do(badge: Badge, action: Action) -> Badge:
    match action:
        case Action.SIGN:
            return badges.sign(badge, SIGNED, URL)[0]
        case Action.FORGET:
            return badges.forget(badge)


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_action_in_every_state(state: State, action: Action) -> None:
    after = do(IN[state], action)

    assert after == AFTER[state, action]
    assert after.state == TRANSITIONS[state, action]


def test_table_is_total() -> None:
    assert set(TRANSITIONS) == set(product(State, Action)) == set(AFTER)


def test_signing_says_it_once() -> None:
    signed, event = badges.sign(sample.badge(), SIGNED, URL)

    assert event == BadgeIssued(
        badge_id=sample.BADGE,
        person_id=sample.PERSON,
        application_id=sample.APPLICATION,
        decision_id=sample.DECISION,
        achievement=sample.SLUG,
        credential_version=1,
        url=URL,
    )
    assert badges.sign(signed, b"other bytes", URL) == (signed, None)


def test_abandoned_badge_is_never_signed() -> None:
    assert badges.sign(IN[State.ABANDONED], SIGNED, URL) == (IN[State.ABANDONED], None)


@pytest.mark.parametrize(
    ("erased", "holds", "verdict"),
    [
        (False, False, Verdict.BADGE),
        (False, True, Verdict.ALREADY_HELD),
        (True, False, Verdict.PERSON_ERASED),
        (True, True, Verdict.PERSON_ERASED),
    ],
)
def test_verdict(erased: bool, holds: bool, verdict: Verdict) -> None:
    assert badges.verdict(erased, holds) is verdict


def test_live_states() -> None:
    assert set(State) - LIVE == {State.ABANDONED}
