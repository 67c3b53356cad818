"""The beginning of an application: a first one, and a new attempt with the known parts of the earlier one."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.events.applications import ApplicationFeeDue, ApplicationStarted, CarriedItem
from contracts.events.review import ItemResult
from contracts.refusals import WrongState
from services.intake.domain.applications import Application, BasicInformation, Decision, Moment
from services.intake.domain.beginning import Earlier, carried, carry_forward, start
from services.intake.domain.materials import Handed
from services.intake.domain.states import State
from tests.unit.intake.builders import APPLICATION, NOW, PERSON, application, claim, decided, definition, handed, later

BASIC = BasicInformation(name="Ada", institution="Analytical College", position="Weaver")


def test_a_start_pins_the_version_and_the_fee() -> None:
    begun, events = start(
        application_id=APPLICATION,
        person_id=PERSON,
        person_version=7,
        definition=definition(version=4),
        earlier=None,
        now=NOW,
    )
    assert begun == application(credential_version=4, timeline=(Moment(NOW, "started"),))
    assert events == (
        ApplicationStarted(
            application_id=APPLICATION,
            person_id=PERSON,
            person_version=7,
            credential="weaving",
            credential_version=4,
            attempt=1,
        ),
    )


@pytest.mark.parametrize("state", ["planned", "announced", "paused", "retired"])
def test_only_an_open_credential_takes_applications(state: str) -> None:
    with pytest.raises(WrongState, match=f"Weaving is {state}"):
        start(
            application_id=APPLICATION,
            person_id=PERSON,
            person_version=1,
            definition=definition(state=state),
            earlier=None,
            now=NOW,
        )


SEEN = (
    ItemResult(item="warp", level="yes", demonstrated=True),
    ItemResult(item="weft", level="no", demonstrated=False),
    ItemResult(item="loom", level="yes", demonstrated=True, carried_forward=True),
    ItemResult(item="dropped", level="yes", demonstrated=True),
)
RULE = {
    "question": "Can you weave?",
    "answers": [{"key": "yes", "name": "Yes", "eligible": True}, {"key": "no", "name": "No", "eligible": False}],
    "refused": "Learn it first.",
}


def attempt(**changes: Any) -> Application:
    """The second attempt, decided not_yet."""
    event = decided(items=SEEN)
    decision = Decision(event.decision_id, event.outcome, SEEN, event.letter, event.feedback, NOW)
    fields: dict[str, Any] = {
        "attempt": 2,
        "state": State.NOT_YET,
        "basic": BASIC,
        "agreement_version": "1",
        "agreement_accepted_at": later(-9),
        "path": "shown",
        "path_answer": "often",
        "ratings": {"warp": 2, "gone": 5},
        "decision": decision,
    }
    return application(**(fields | changes))


def earlier(before: Application, *given: Handed, **changes: Any) -> Earlier:
    return Earlier(before, definition(**changes), given)


def again(found: Earlier, **changes: Any) -> tuple[Application, tuple[object, ...]]:
    return start(
        application_id=APPLICATION,
        person_id=PERSON,
        person_version=1,
        definition=definition(**changes),
        earlier=found,
        now=NOW,
    )


def test_a_next_attempt_begins_with_what_is_known_and_its_fee_is_due() -> None:
    begun, events = again(earlier(attempt()), version=2)
    assert begun == application(
        credential_version=2,
        attempt=3,
        state=State.FEE_DUE,
        basic=BASIC,
        agreement_version="1",
        agreement_accepted_at=later(-9),
        path="shown",
        path_answer="often",
        ratings={"warp": 2},
        carried_forward=(CarriedItem(item="warp", level="yes"), CarriedItem(item="loom", level="yes")),
        timeline=(Moment(NOW, "started"), Moment(NOW, "fee_due")),
    )
    assert [type(event) for event in events] == [ApplicationStarted, ApplicationFeeDue]


def test_another_version_of_the_agreement_is_accepted_anew() -> None:
    begun, events = again(earlier(attempt()), agreement={"version": "2", "text": "Otherwise."})
    assert (begun.state, begun.basic, begun.agreement_version) == (State.STARTED, BASIC, None)
    assert [type(event) for event in events] == [ApplicationStarted]


def test_an_answer_about_who_may_apply_is_carried_as_long_as_it_is_asked_for() -> None:
    said = attempt(eligibility="yes")
    assert again(earlier(said), eligibility_rule=RULE)[0].state is State.FEE_DUE
    other = RULE | {"answers": [{"key": "degree", "name": "Yes", "eligible": True}]}
    begun, _ = again(earlier(said), eligibility_rule=other)
    assert (begun.state, begun.eligibility) == (State.STARTED, None)
    assert again(earlier(said))[0].eligibility is None


def test_a_path_that_is_gone_is_chosen_anew() -> None:
    begun, _ = again(earlier(attempt(path="sung")))
    assert (begun.path, begun.path_answer) == (None, None)


def test_nothing_is_carried_into_another_rubric_version() -> None:
    other = {"version": "0", "levels": []}
    assert carry_forward(earlier(attempt(), rubric=other), definition()) == ()
    assert carry_forward(Earlier(attempt(decision=None), definition()), definition()) == ()


def test_what_was_handed_in_is_carried_where_it_still_is_asked_for_and_fits() -> None:
    essay, cv = handed("essay", "essay", words=4), handed("cv", "file", content=claim("cv", "application/pdf"))
    works = [handed("works", "artifacts", words=None) for _ in range(3)]
    letter, gone = handed("letter", "letter"), handed("gone", "essay", words=4)
    found = earlier(attempt(), essay, cv, *works, letter, gone)
    asked = definition()
    assert carried(found, asked) == ("cv", "works", "essay")
    assert carried(None, asked) == ()

    def with_limits(key: str, **limits: Any) -> tuple[str, ...]:
        requirements = tuple(replace_limits(one, limits) if one.key == key else one for one in asked.requirements)
        return carried(found, asked.model_copy(update={"requirements": requirements}))

    def replace_limits(one: Any, limits: dict[str, Any]) -> Any:
        return one.model_copy(update={"limits": one.limits.model_copy(update=limits)})

    assert with_limits("essay", max_words=3) == ("cv", "works")
    assert with_limits("cv", media_types=("text/plain",)) == ("works", "essay")
    assert with_limits("works", max_count=2) == ("cv", "essay")


def test_what_has_another_kind_now_or_is_due_later_is_not_carried() -> None:
    found = earlier(attempt(), handed("essay", "short_text", words=4), handed("after", "short_text", words=4))
    assert carried(found, definition()) == ()
    letter = {"key": "letter", "kind": "letter", "name": "Letter"}
    asked = definition(requirements=[letter])
    assert carried(replace(found, handed=[handed("letter", "letter")]), asked) == ()
