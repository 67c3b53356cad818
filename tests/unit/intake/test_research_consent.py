"""Consent to research: given, given again, taken back, in every state."""

import pytest

from contracts.events.research_consents import ResearchConsentGiven, ResearchConsentRevoked
from contracts.refusals import NotThere, WrongState
from services.intake.domain.research_consent import ConsentAnswer, say, text_of
from services.intake.domain.states import State
from tests.unit.intake.builders import APPLICATION, NOW, PERSON, application, definition, later

ASKED = definition(research_consent={"version": "2", "text": "For research."})
ABOUT = {"application_id": APPLICATION, "person_id": PERSON, "credential": "weaving", "credential_version": 1}


@pytest.mark.parametrize("state", list(State))
def test_it_is_given_and_taken_back_in_every_state(state: State) -> None:
    there = application(state=state)
    given = say(there, [], True, "2", ASKED, now=NOW)
    assert given == (ConsentAnswer(True, "2", NOW), ResearchConsentGiven(**ABOUT, text_version="2"))
    back = say(there, [given[0]], False, None, ASKED, now=later(1))
    assert back == (ConsentAnswer(False, "2", later(1)), ResearchConsentRevoked(**ABOUT))


def test_what_is_said_already_is_not_said_again() -> None:
    assert say(application(), [], False, None, ASKED, now=NOW) is None
    assert say(application(), [ConsentAnswer(True, "2", NOW)], True, "2", ASKED, now=later(1)) is None
    assert say(application(), [ConsentAnswer(False, "2", NOW)], False, "2", ASKED, now=later(1)) is None


def test_a_newer_text_may_be_consented_to_and_no_other() -> None:
    newer = say(application(), [ConsentAnswer(True, "1", NOW)], True, "2", ASKED, now=later(1))
    assert newer is not None
    assert newer[0] == ConsentAnswer(True, "2", later(1))
    for version in ("1", None):
        with pytest.raises(WrongState) as refused:
            say(application(), [], True, version, ASKED, now=NOW)
        assert refused.value.type == "agreement_changed"


def test_nothing_is_consented_to_where_nothing_is_asked() -> None:
    with pytest.raises(NotThere):
        text_of(definition())
