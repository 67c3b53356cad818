"""The question of who may apply, before the fee is due."""

from typing import Any

import pytest

from contracts.events.applications import ApplicationFeeDue
from contracts.refusals import Invalid, NotThere, WrongState
from services.intake.domain.applications import Application, BasicInformation, accept_agreement, describe, eligible
from services.intake.domain.eligibility import answer
from services.intake.domain.states import State
from tests.unit.intake.builders import NOW, application, definition
from tests.unit.intake.test_beginning import RULE

WEAVING = definition(eligibility_rule=RULE)
BASIC = BasicInformation(name="Ada", institution="Analytical College", position="Weaver")


def said(before: Application, given: str) -> tuple[Application, tuple[Any, ...]]:
    return answer(before, given, WEAVING, person_version=1, now=NOW)


def test_no_fee_is_due_before_the_answer_allows_it() -> None:
    described, _ = describe(application(), BASIC, WEAVING, person_version=1, now=NOW)
    ready, nothing = accept_agreement(described, "1", WEAVING, person_version=1, now=NOW)
    assert (ready.state, nothing, eligible(ready, WEAVING)) == (State.STARTED, (), False)
    may_not, nothing = said(ready, "no")
    assert (may_not.state, may_not.eligibility, nothing) == (State.STARTED, "no", ())
    # Nothing that they do meanwhile makes a fee due.
    assert describe(may_not, BASIC, WEAVING, person_version=1, now=NOW)[1] == ()
    may, events = said(may_not, "yes")
    assert (may.state, may.eligibility, [type(event) for event in events]) == (
        State.FEE_DUE,
        "yes",
        [ApplicationFeeDue],
    )


def test_when_the_fee_is_due_an_answer_that_allows_nothing_is_refused() -> None:
    due = application(state=State.FEE_DUE, eligibility="yes")
    assert said(due, "yes") == (due, ())
    with pytest.raises(WrongState) as refused:
        said(due, "no")
    assert refused.value.type == "not_eligible"


@pytest.mark.parametrize("state", [state for state in State if state not in (State.STARTED, State.FEE_DUE)])
def test_when_the_fee_is_settled_the_answer_stands(state: State) -> None:
    with pytest.raises(WrongState):
        said(application(state=state, eligibility="yes"), "no")


def test_answers_that_do_not_exist_and_questions_that_are_not_asked() -> None:
    with pytest.raises(Invalid) as refused:
        said(application(), "perhaps")
    assert [(fault.field, str(fault.text)) for fault in refused.value.faults] == [("answer", "one of yes, no")]
    with pytest.raises(NotThere):
        answer(application(), "yes", definition(), person_version=1, now=NOW)
    assert eligible(application(), definition())
