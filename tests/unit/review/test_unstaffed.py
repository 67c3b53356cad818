"""It is said once for each seat that nobody can be found, and again if the seat was taken in between."""

import pytest

from contracts.events.review import CaseUnstaffed
from services.review.domain import cases
from services.review.domain.cases import Case, State
from services.review.domain.seats import CHAIR, REVIEWER, Seat, SeatState
from tests.unit.review.builders import ANN, APPLICATION, BEN, CASE, CHAI, DORA, PANEL, case, chair, seat


def lacked(before: Case, after: Case) -> tuple[Case, list[tuple[str, ...]]]:
    """The case after a search, and what was said to be lacking."""
    found, said = cases.searched(before, after)
    return found, [event.lacking for event in said if isinstance(event, CaseUnstaffed)]


def test_what_is_said_of_a_case_for_which_nobody_is_found() -> None:
    one = case()
    after, said = cases.searched(one, one)
    assert said == (
        CaseUnstaffed(
            case_id=CASE,
            application_id=APPLICATION,
            submission_number="S-234567",
            credential="weaving",
            credential_version=2,
            lacking=(CHAIR, REVIEWER, REVIEWER),
        ),
    )
    assert cases.searched(after, after) == (after, ())


def test_who_was_found_is_said_first() -> None:
    before = case()
    after = cases.with_seat(before, Seat(ANN, REVIEWER))
    _, (assigned, unstaffed) = cases.searched(before, after)
    assert ((assigned,), unstaffed) == (cases.newly_seated(before, after), lacking_event(CHAIR, REVIEWER))


def lacking_event(*roles: str) -> CaseUnstaffed:
    return CaseUnstaffed(
        case_id=CASE,
        application_id=APPLICATION,
        submission_number="S-234567",
        credential="weaving",
        credential_version=2,
        lacking=roles,
    )


def test_a_seat_that_was_told_and_taken_and_left_is_told_again() -> None:
    one, said = lacked(case(seats=[seat(ANN)]), case(seats=[seat(ANN)]))
    assert said == [(CHAIR, REVIEWER)]
    one = cases.with_seat(one, Seat(BEN, REVIEWER))
    assert lacked(one, one) == (one, [])
    one = cases.with_seat(one, seat(BEN, SeatState.CONFLICTED))
    one, said = lacked(one, one)
    assert said == [(CHAIR, REVIEWER)]
    assert lacked(one, one) == (one, [])


def test_a_seat_more_is_told_and_a_seat_less_is_not() -> None:
    one, said = lacked(case(seats=[seat(ANN), seat(BEN)]), case(seats=[seat(ANN), seat(BEN)]))
    assert said == [(CHAIR,)]
    one = cases.with_seat(one, seat(ANN, SeatState.RELEASED))
    one, said = lacked(one, one)
    assert said == [(CHAIR, REVIEWER)]
    one = cases.with_seat(one, Seat(DORA, REVIEWER))
    assert (lacked(one, one), one.told) == ((one, []), (CHAIR,))


def test_a_whole_panel_lacks_nobody() -> None:
    one = case()
    for person, role in ((CHAI, CHAIR), (ANN, REVIEWER), (BEN, REVIEWER)):
        one = cases.with_seat(one, Seat(person, role))
    assert (lacked(case(), one), one.told) == ((one, []), ())


@pytest.mark.parametrize("state", [state for state in State if state is not State.ASSIGNING])
def test_nobody_is_missed_on_a_case_that_needs_nobody(state: State) -> None:
    over = case(state, [chair()])
    assert lacked(over, over) == (over, [])
    assert cases.lacking(state, [CHAIR], PANEL) == []
    assert cases.lacking(State.ASSIGNING, [CHAIR], PANEL) == [REVIEWER, REVIEWER]
