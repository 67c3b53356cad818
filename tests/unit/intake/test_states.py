"""Every action in every state: the table as people would draw it, compared with the table in the code."""

import pytest

from contracts.refusals import Translations, WrongState
from services.intake.domain import COMMANDS, FACTS, LIVE, TRANSITIONS, Action, State
from services.intake.domain.states import next_state, possible

# One line a state, one column an action, in the order of the enum; "." refuses, "=" stays.
ACTIONS = list(Action)
GRID = """
             ANSWER DESCRIBE ACCEPT COMPLETE ASSESS CHOOSE_PATH HAND_IN SUPPLEMENT SUBMIT    WITHDRAW  REOPEN RENEW EXTEND LAPSE  FEE_SETTLED FEE_RETURNED FEE_DISPUTED RENEWAL_SETTLED CASE_OPENED DECIDED_AWARDED DECIDED_NOT_YET BADGE_ISSUED
started      =      =        =      fee_due  .      .           .       .          .         withdrawn .      .     =      lapsed =           withdrawn    =            =               =           =               =               =
fee_due      =      =        =      .        .      .           .       .          .         withdrawn .      .     =      lapsed open        withdrawn    =            =               =           =               =               =
open         .      =        =      .        =      =           =       .          submitted withdrawn .      =     =      lapsed =           withdrawn    =            =               =           =               =               =
submitted    .      .        .      .        .      .           .       =          .         withdrawn =      .     .      .      =           withdrawn    =            =               in_review   awarded         not_yet         =
in_review    .      .        .      .        .      .           .       =          .         withdrawn =      .     .      .      =           withdrawn    =            =               =           awarded         not_yet         =
awarded      .      .        .      .        .      .           .       .          .         .         .      .     .      .      =           =            =            =               =           =               not_yet         =
not_yet      .      .        .      .        .      .           .       .          .         .         .      .     .      .      =           =            =            =               =           awarded         =               =
withdrawn    .      .        .      .        .      .           .       .          .         .         .      .     .      .      =           =            =            =               =           awarded         not_yet         =
lapsed       .      .        .      .        .      .           .       .          .         .         .      .     .      .      =           =            =            =               =           =               =               =
"""  # noqa: E501


def grid() -> dict[tuple[State, Action], State | None]:
    head, *lines = [line.split() for line in GRID.strip().splitlines()]
    assert head == [action.name for action in ACTIONS]
    assert [line[0] for line in lines] == list(State)
    cells: dict[tuple[State, Action], State | None] = {}
    for name, *row in lines:
        state = State(name)
        for action, cell in zip(ACTIONS, row, strict=True):
            cells[state, action] = None if cell == "." else state if cell == "=" else State(cell)
    return cells


EXPECTED = grid()


@pytest.mark.parametrize(("state", "action"), list(EXPECTED), ids=lambda value: value.name)
def test_every_action_in_every_state(state: State, action: Action) -> None:
    expected = EXPECTED[state, action]
    if expected is None:
        assert (state, action) not in TRANSITIONS
        with pytest.raises(WrongState, match=f"this application is {state.value}; possible now: ."):
            next_state(state, action)
    else:
        assert next_state(state, action) is expected


def test_the_grid_is_the_whole_table() -> None:
    assert len(EXPECTED) == len(State) * len(Action) == 9 * 22
    assert {cell: to for cell, to in EXPECTED.items() if to is not None} == TRANSITIONS


def test_facts_cannot_be_refused() -> None:
    assert {(state, fact) for state in State for fact in FACTS} <= set(TRANSITIONS)
    assert set(Action) == COMMANDS | FACTS
    assert not COMMANDS & FACTS


def test_no_command_leads_out_of_an_end_and_no_fact_back_to_life() -> None:
    ended = set(State) - LIVE
    assert not [cell for cell in TRANSITIONS if cell[0] in ended and cell[1] in COMMANDS]
    assert not [cell for cell, to in TRANSITIONS.items() if cell[0] in ended and to in LIVE]


def test_what_is_possible_is_said_in_the_words_of_the_api() -> None:
    assert possible(State.STARTED) == ("basic-information", "agreement", "withdrawal")
    assert possible(State.FEE_DUE) == ("basic-information", "agreement", "withdrawal", "payment of the fee")
    assert possible(State.OPEN) == (
        "basic-information",
        "agreement",
        "self-assessment",
        "path",
        "materials",
        "submission",
        "withdrawal",
    )
    assert possible(State.IN_REVIEW) == ("withdrawal",)
    assert possible(State.NOT_YET) == ("a new application",)


class Spanish(Translations):
    """A catalog with two texts in it."""

    def gettext(self, message: str) -> str:
        return {
            "%(action)s is not possible: this application is %(state)s; possible now: %(possible)s.": (
                "%(action)s no es posible (%(state)s). Ahora: %(possible)s."
            ),
            "payment of the fee": "el pago de la tarifa",
        }.get(message, message)


def test_a_refusal_is_said_in_another_language_with_each_thing_that_is_possible() -> None:
    with pytest.raises(WrongState) as refused:
        next_state(State.FEE_DUE, Action.SUBMIT)
    assert refused.value.text.in_words_of(Spanish()) == (
        "submission no es posible (fee_due). Ahora: basic-information, agreement, withdrawal, el pago de la tarifa."
    )
