"""Every action in every state of a cohort, and its places: never more than its capacity, in the order of the list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.events.cohorts import CohortCancelled, CohortPlaceEnded, CohortPlaceTaken
from contracts.refusals import Invalid, Refused, WrongState
from services.intake.domain import cohort_places as places
from services.intake.domain import cohort_sessions, cohorts
from services.intake.domain.cohort_places import Joining
from services.intake.domain.cohort_states import COMMANDS, FACTS, TRANSITIONS, Action, State, next_state, possible
from services.intake.domain.cohorts import Cohort, Details, PlaceState, Session, instant
from services.intake.domain.states import LIVE
from services.intake.domain.states import State as ApplicationState

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
# One line a state, one column an action, in the order of the enum; "." refuses, "=" stays.
GRID = """
             EDIT SCHEDULE OPEN CANCEL    JOIN LEAVE PLACE REMOVE BEGIN   FINISH   APPLICATION_ENDED
draft        =    =        open cancelled .    .     .     .      =       =        =
open         =    =        .    cancelled =    =     =     =      running =        =
running      =    =        .    cancelled .    =     =     =      =       finished =
finished     .    .        .    .         .    .     .     .      =       =        =
cancelled    .    .        .    .         .    .     .     .      =       =        =
"""


def grid() -> dict[tuple[State, Action], State | None]:
    head, *lines = [line.split() for line in GRID.strip().splitlines()]
    assert head == [action.name for action in Action]
    return {
        (State(name), action): None if cell == "." else State(name) if cell == "=" else State(cell)
        for name, *row in lines
        for action, cell in zip(Action, row, strict=True)
    }


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_action_in_every_state(state: State, action: Action) -> None:
    expected = grid()[state, action]
    if expected is None:
        with pytest.raises(WrongState) as refused:
            next_state(state, action)
        for said in possible(state):
            assert str(said) in str(refused.value)
    else:
        assert next_state(state, action) is expected


def test_only_commands_are_refused() -> None:
    assert set(Action) == COMMANDS | FACTS
    assert not [one for one in product(State, FACTS) if one not in TRANSITIONS]


def someone(number: int, **changed: object) -> Joining:
    fields = {"credential": "weaving", "state": ApplicationState.OPEN, "person_id": UUID(int=1000 + number)}
    return Joining(application_id=UUID(int=number), **(fields | changed))  # type: ignore[arg-type]


def cohort(state: State = State.OPEN, capacity: int = 2, joined: int = 0) -> Cohort:
    details = Details(name="Spring", credentials=("weaving",), capacity=capacity, time_zone="America/New_York")
    session = Session(UUID(int=1), NOW + timedelta(days=7), 90, "First", "https://meet.example/x")
    made = Cohort(cohort_id=UUID(int=9), state=State.OPEN, details=details, sessions=(session,))
    for number in range(1, joined + 1):
        made, _ = places.join(made, someone(number), NOW)
    return replace(made, state=state)


COMMAND_OF = {
    Action.EDIT: lambda one: cohorts.edit(one, replace(one.details, name="Other"), NOW),
    Action.SCHEDULE: lambda one: cohort_sessions.schedule(one, Session(UUID(int=2), NOW, 60, "Second")),
    Action.OPEN: lambda one: cohorts.open_to_applicants(one, NOW),
    Action.CANCEL: lambda one: cohorts.cancel(one, NOW),
    Action.JOIN: lambda one: places.join(one, someone(7), NOW),
    Action.LEAVE: lambda one: places.leave(one, UUID(int=1), NOW),
    Action.REMOVE: lambda one: places.remove(one, UUID(int=1), "Why", NOW),
    Action.PLACE: lambda one: places.move(
        replace(cohort(joined=1), cohort_id=UUID(int=8)), one, someone(1, person_id=UUID(int=5)), "Why", NOW
    )[1],
}


@pytest.mark.parametrize(("state", "action"), list(product(State, sorted(COMMANDS))))
def test_what_is_done_goes_by_the_table(state: State, action: Action) -> None:
    expected = grid()[state, action]
    if expected is None:
        with pytest.raises(Refused):
            COMMAND_OF[action](cohort(state, joined=1))
    else:
        assert COMMAND_OF[action](cohort(state, joined=1))[0].state is expected


def standing(one: Cohort) -> list[tuple[int, str]]:
    return [(place.application_id.int, place.state.value) for place in one.places]


def test_the_list_moves_up_in_order_whatever_frees_a_place() -> None:
    full = cohort(capacity=2, joined=5)
    assert standing(full) == [(1, "member"), (2, "member"), (3, "waiting"), (4, "waiting"), (5, "waiting")]
    left, said = places.leave(full, UUID(int=1), NOW)
    assert standing(left) == [(1, "left"), (2, "member"), (3, "member"), (4, "waiting"), (5, "waiting")]
    assert [type(one) for one in said] == [CohortPlaceEnded, CohortPlaceTaken]
    grown, said = cohorts.edit(full, replace(full.details, capacity=4), NOW)
    assert standing(grown)[2:] == [(3, "member"), (4, "member"), (5, "waiting")]
    assert [one.application_id.int for one in said if isinstance(one, CohortPlaceTaken)] == [3, 4]


def test_who_waits_and_leaves_frees_no_place() -> None:
    left, said = places.leave(cohort(capacity=1, joined=3), UUID(int=2), NOW)
    assert standing(left) == [(1, "member"), (2, "left"), (3, "waiting")]
    assert [type(one) for one in said] == [CohortPlaceEnded]
    assert [cohorts.position(left, place) for place in left.places] == [None, None, 1]


def test_applications_that_ended_are_passed_over_and_leave() -> None:
    full = cohort(capacity=1, joined=3)
    gone = replace(full, places=tuple(replace(one, live=one.application_id.int == 3) for one in full.places))
    after, said = places.drop_ended(gone, NOW)
    assert standing(after) == [(1, "application_ended"), (2, "application_ended"), (3, "member")]
    assert len(said) == 3
    assert places.drop_ended(after, NOW) == (after, ())


def test_joining_twice_is_one_place_and_a_second_application_of_a_person_gets_none() -> None:
    one = cohort(joined=1)
    assert places.join(one, someone(1), NOW) == (one, ())
    with pytest.raises(WrongState):
        places.join(one, someone(2, person_id=UUID(int=1001)), NOW)


@pytest.mark.parametrize("state", ApplicationState)
def test_only_a_live_application_joins(state: ApplicationState) -> None:
    if state in LIVE:
        assert len(places.join(cohort(), someone(1, state=state), NOW)[0].members) == 1
    else:
        with pytest.raises(WrongState):
            places.join(cohort(), someone(1, state=state), NOW)


@pytest.mark.parametrize(
    ("opens", "closes", "possible"),
    [(None, None, True), (0, None, True), (1, None, False), (None, 1, True), (None, 0, False), (-2, -1, False)],
)
def test_the_time_for_joining(opens: int | None, closes: int | None, possible: bool) -> None:
    one = cohort()
    window = [None if hours is None else NOW + timedelta(hours=hours) for hours in (opens, closes)]
    one = replace(one, details=replace(one.details, joining_opens=window[0], joining_closes=window[1]))
    assert places.joinable(one, NOW) is possible


def test_a_cancelled_cohort_tells_who_is_here_and_ends_all_places() -> None:
    full = cohort(capacity=1, joined=2)
    gone = replace(full, places=(replace(full.places[0], live=False), full.places[1]))
    after, (said,) = cohorts.cancel(gone, NOW)
    assert isinstance(said, CohortCancelled)
    assert (said.members, [one.application_id.int for one in said.waiting]) == ((), [2])
    assert {one.state for one in after.places} == {PlaceState.COHORT_ENDED}
    assert [(one.cancelled, one.sequence) for one in after.sessions] == [(True, 1)]


def test_a_session_that_was_is_not_cancelled_with_its_cohort() -> None:
    after, _ = cohorts.cancel(cohort(State.RUNNING), NOW + timedelta(days=8))
    assert [one.cancelled for one in after.sessions] == [False]


def test_time_passes() -> None:
    one = cohort(joined=1)
    begins, ends = one.sessions[0].starts_at, one.sessions[0].ends_at
    moments = (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends)
    assert [cohorts.pass_time(one, at).state.value for at in moments] == ["open", "running", "running", "finished"]
    assert cohorts.pass_time(replace(one, sessions=()), ends).state is State.OPEN
    assert standing(cohorts.pass_time(one, ends)) == [(1, "cohort_ended")]


def test_a_wall_clock_over_the_changes_of_daylight_saving() -> None:
    zone = ZoneInfo("America/New_York")
    read = lambda text: instant("starts_at", datetime.fromisoformat(text), zone).isoformat()  # noqa: E731
    assert read("2027-03-13T18:00") == "2027-03-13T23:00:00+00:00"
    assert read("2027-03-14T18:00") == "2027-03-14T22:00:00+00:00"
    assert read("2027-11-07T01:30") == "2027-11-07T05:30:00+00:00"
    assert read("2027-03-14T18:00:00+01:00") == "2027-03-14T18:00:00+01:00"
    with pytest.raises(Invalid):
        read("2027-03-14T02:30")
