"""The chair's decision."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.events.review import CaseDecided, ItemResult
from contracts.refusals import Fault, Invalid, NotYours, Text, WrongState
from services.review.domain import decisions
from services.review.domain.cases import Case, State
from services.review.domain.decisions import Decision, Ruling, Written
from services.review.domain.seats import SeatState
from tests.unit.review.builders import (
    ANN,
    APPLICANT,
    APPLICATION,
    BEN,
    CHAI,
    DORA,
    NOW,
    case,
    chair,
    claim,
    rubric,
    seat,
)

GOOD = {"warp": "demonstrated", "weft": "exemplary", "loom": "demonstrated"}
DECISION = UUID(int=77)
WRITTEN = Written(claim("letter"), claim("feedback"), claim("reasons"))
WEAK = {"warp": "emerging", "weft": "exemplary", "loom": "demonstrated"}


def deciding(first: dict[str, str] = GOOD, second: dict[str, str] = GOOD) -> Case:
    gone = seat(DORA, SeatState.CONFLICTED, levels={"warp": "missing"})
    scores = [seat(ANN, SeatState.SUBMITTED, levels=first), seat(BEN, SeatState.SUBMITTED, levels=second)]
    return case(State.DECIDING, [chair(SeatState.DECLARED_CLEAR), gone, *scores])


def decide(one: Case, ruling: Ruling, who: object = CHAI) -> tuple[Case, Decision, CaseDecided]:
    return decisions.decide(one, rubric(), who, ruling, WRITTEN, DECISION, NOW)  # type: ignore[arg-type]


def test_an_award() -> None:
    one = deciding()
    after, decision, event = decide(one, Ruling("awarded", feedback_on=("warp",)))
    assert after == replace(
        one, state=State.DECIDED, seats=(replace(one.seats[0], state=SeatState.SUBMITTED), *one.seats[1:])
    )
    assert event == CaseDecided(
        case_id=one.case_id,
        application_id=APPLICATION,
        decision_id=DECISION,
        person_id=APPLICANT,
        credential="weaving",
        credential_version=2,
        attempt=3,
        outcome="awarded",
        items=(
            ItemResult(item="warp", level="demonstrated", demonstrated=True),
            ItemResult(item="weft", level="exemplary", demonstrated=True),
            ItemResult(item="loom", level="demonstrated", demonstrated=True),
        ),
        letter=claim("letter"),
        feedback=claim("feedback"),
    )
    assert decision == Decision(
        decision_id=DECISION,
        outcome="awarded",
        results=event.items,
        letter=claim("letter"),
        feedback=claim("feedback"),
        reasons=claim("reasons"),
        decided_by=CHAI,
        decided_at=NOW,
    )


def test_an_award_needs_every_item() -> None:
    with pytest.raises(WrongState) as refused:
        decide(deciding(GOOD, WEAK), Ruling("awarded"))
    assert refused.value.type == "not_demonstrated"
    assert refused.value.faults == (Fault("items.warp", Text("the level is 'emerging', which does not pass")),)


def test_the_chair_may_set_a_level() -> None:
    _, _, event = decide(deciding(GOOD, WEAK), Ruling("awarded", {"warp": "demonstrated"}))
    assert event.items[0] == ItemResult(item="warp", level="demonstrated", demonstrated=True)
    with pytest.raises(WrongState):
        decide(deciding(), Ruling("awarded", {"warp": "emerging"}))


def test_not_yet_whatever_the_levels() -> None:
    _, _, event = decide(deciding(), Ruling("not_yet"))
    assert (event.outcome, [result.demonstrated for result in event.items]) == ("not_yet", [True, True, True])
    _, _, event = decide(deciding(WEAK, WEAK), Ruling("not_yet"))
    assert [result.demonstrated for result in event.items] == [False, True, True]


@pytest.mark.parametrize(
    ("ruling", "field"),
    [
        (Ruling("not_yet", feedback_on=("hat",)), "feedback.hat"),
        (Ruling("not_yet", {"hat": "missing"}), "items.hat"),
        (Ruling("not_yet", {"warp": "x"}), "items.warp.level"),
    ],
)
def test_unknown_items_and_levels(ruling: Ruling, field: str) -> None:
    with pytest.raises(Invalid) as bad:
        decide(deciding(), ruling)
    assert [fault.field for fault in bad.value.faults] == [field]


@pytest.mark.parametrize("who", [ANN, DORA, APPLICANT])
def test_only_the_chair_decides(who: object) -> None:
    with pytest.raises(NotYours):
        decide(deciding(), Ruling("awarded"), who)


@pytest.mark.parametrize("state", [State.ASSIGNING, State.SCORING, State.DECIDED, State.CLOSED])
def test_only_when_all_have_scored_and_once(state: State) -> None:
    with pytest.raises(WrongState) as refused:
        decide(replace(deciding(), state=state), Ruling("awarded"))
    assert refused.value.type == "wrong_state"


def test_the_chair_declares_first() -> None:
    one = deciding()
    with pytest.raises(WrongState) as refused:
        decide(replace(one, seats=(chair(), *one.seats[1:])), Ruling("awarded"))
    assert refused.value.type == "declaration_missing"
