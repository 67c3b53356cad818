"""An applicant's commands, from the start to the submission or the withdrawal."""

from dataclasses import replace

import pytest

from contracts.claims import Money
from contracts.events.applications import ApplicationFeeDue, ApplicationWithdrawn
from contracts.refusals import Fault, Invalid, NotThere, WrongState
from services.intake.domain.applications import (
    BasicInformation,
    Moment,
    accept_agreement,
    choose_path,
    describe,
    note,
    withdraw,
)
from services.intake.domain.states import State
from tests.unit.intake.builders import APPLICATION, NOW, PERSON, application, claim, definition, later

BASIC = BasicInformation(name="Ada", institution="Analytical College", position="Weaver")
FEE_DUE = ApplicationFeeDue(
    application_id=APPLICATION,
    person_id=PERSON,
    person_version=7,
    credential="weaving",
    credential_version=1,
    attempt=1,
    fee=Money(amount_minor=6000),
)


def test_with_basic_information_and_agreement_in_either_order_the_fee_is_due_once() -> None:
    described, nothing = describe(application(), BASIC, definition(), person_version=7, now=NOW)
    assert (described, nothing) == (application(basic=BASIC), ())
    one, events = accept_agreement(described, "1", definition(), person_version=7, now=later(1))
    assert events == (FEE_DUE,)

    accepted, nothing = accept_agreement(application(), "1", definition(), person_version=7, now=later(1))
    assert nothing == ()
    other, events = describe(accepted, BASIC, definition(), person_version=7, now=later(1))
    assert events == (FEE_DUE,)

    assert one == other
    assert one.state is State.FEE_DUE
    assert one.timeline == (Moment(later(1), "fee_due"),)

    again, nothing = describe(one, replace(BASIC, position="Dyer"), definition(), person_version=8, now=later(2))
    assert (again, nothing) == (replace(one, basic=replace(BASIC, position="Dyer")), ())


def test_accepting_again_changes_nothing() -> None:
    accepted, _ = accept_agreement(application(), "1", definition(), person_version=1, now=NOW)
    assert accept_agreement(accepted, "1", definition(), person_version=1, now=later(5)) == (accepted, ())


def test_only_the_pinned_agreement_can_be_accepted() -> None:
    with pytest.raises(WrongState) as refused:
        accept_agreement(application(), "2", definition(), person_version=1, now=NOW)
    assert refused.value.type == "agreement_changed"
    assert refused.value.faults == (Fault("version", "accept version '1'"),)


OPEN = application(state=State.OPEN)


def test_a_path_that_is_open_to_everybody() -> None:
    assert choose_path(OPEN, "spoken", None, definition()) == replace(OPEN, path="spoken")
    assert choose_path(replace(OPEN, path="spoken"), "shown", "often", definition()) == replace(
        OPEN, path="shown", path_answer="often"
    )


def test_a_path_that_the_answer_does_not_allow() -> None:
    with pytest.raises(WrongState, match="'never' does not allow the path 'shown'; it allows spoken"):
        choose_path(OPEN, "shown", "never", definition())


@pytest.mark.parametrize(
    ("path", "answer", "field"), [("sung", None, "path"), ("shown", None, "answer"), ("shown", "daily", "answer")]
)
def test_paths_and_answers_that_do_not_exist(path: str, answer: str | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        choose_path(OPEN, path, answer, definition())
    assert [fault.field for fault in refused.value.faults] == [field]


def test_no_path_where_there_is_no_choice() -> None:
    with pytest.raises(NotThere, match="Weaving has no paths"):
        choose_path(OPEN, "spoken", None, definition(paths=None))
    with pytest.raises(WrongState):
        choose_path(application(), "spoken", None, definition())


def test_a_withdrawal_passes_on_what_was_written() -> None:
    withdrawn, events = withdraw(OPEN, claim("why"), now=NOW)
    assert withdrawn == replace(
        OPEN, state=State.WITHDRAWN, withdrawal_note=claim("why"), timeline=(Moment(NOW, "withdrawn"),)
    )
    assert events == (
        ApplicationWithdrawn(
            application_id=APPLICATION,
            person_id=PERSON,
            credential="weaving",
            credential_version=1,
            reason="applicant",
            note=claim("why"),
        ),
    )


def test_the_timeline_stands_in_the_order_of_the_moments() -> None:
    assert note(note(OPEN, later(2), "b"), later(1), "a").timeline == (Moment(later(1), "a"), Moment(later(2), "b"))
