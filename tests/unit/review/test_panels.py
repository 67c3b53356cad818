"""Who is assigned, and who never is."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest

from contracts.refusals import Fault, NotYours, Text, WrongState
from services.review.domain import conflicts, panels
from services.review.domain.cases import State
from services.review.domain.panels import Candidate, Vacancy
from services.review.domain.seats import CHAIR, REVIEWER, Seat, SeatState
from tests.unit.review.builders import ANN, APPLICANT, BEN, CHAI, DORA, case, chair, seat

CHANCE = Random(1)


def reviewer(person_id: UUID, **changes: Any) -> Candidate:
    fields: dict[str, Any] = {
        "roles": frozenset({"reviewer"}),
        "credentials": frozenset({"weaving"}),
        "agreements": frozenset({"7"}),
    }
    return Candidate(person_id, **(fields | changes))


def a_chair(person_id: UUID = CHAI, **changes: Any) -> Candidate:
    return Candidate(person_id, **({"roles": frozenset({"chair"})} | changes))


def vacancy(institution: str = "North College", seats: tuple[Seat, ...] = (), **changes: Any) -> Vacancy:
    return Vacancy(case(State.ASSIGNING, seats, **changes), institution, frozenset({"7"}))


def seated(vacancies: list[Vacancy], *candidates: Candidate) -> list[set[tuple[UUID, str]]]:
    return [
        {(one.person_id, one.role) for one in after.seats}
        for _, after in panels.fill(vacancies, candidates, CHANCE.choice)
    ]


def test_a_whole_panel() -> None:
    one = vacancy()
    [(before, after)] = panels.fill([one], [reviewer(ANN), reviewer(BEN), a_chair()], min)
    assert before == one.case
    assert {(s.person_id, s.role, s.state) for s in after.seats} == {
        (CHAI, CHAIR, SeatState.ASSIGNED),
        (ANN, REVIEWER, SeatState.ASSIGNED),
        (BEN, REVIEWER, SeatState.ASSIGNED),
    }
    assert after.state is State.SCORING


@pytest.mark.parametrize(
    "unfit",
    [
        reviewer(DORA, roles=frozenset({"staff"})),
        reviewer(DORA, credentials=frozenset({"pottery"})),
        reviewer(DORA, agreements=frozenset({"6"})),
        reviewer(DORA, agreements=frozenset()),
        reviewer(DORA, capacity=0),
        reviewer(DORA, capacity=3, load={"reviewer": 3}),
        reviewer(DORA, institutions=("", "THE  north college")),
        reviewer(DORA, institutions=("North College", "")),
        reviewer(APPLICANT),
    ],
)
def test_who_is_never_asked_by_itself(unfit: Candidate) -> None:
    one = vacancy()
    assert seated([one], reviewer(ANN), unfit, a_chair()) == [{(CHAI, CHAIR), (ANN, REVIEWER)}]
    [(_, after)] = panels.fill([one], [reviewer(ANN), unfit, a_chair()], min)
    assert after.state is State.ASSIGNING


@pytest.mark.parametrize(
    "unfit", [a_chair(APPLICANT), a_chair(institutions=("North College",)), a_chair(roles=frozenset({"reviewer"}))]
)
def test_a_chair_is_independent_too(unfit: Candidate) -> None:
    assert seated([vacancy()], reviewer(ANN), reviewer(BEN), unfit) == [{(ANN, REVIEWER), (BEN, REVIEWER)}]


def test_a_chair_needs_no_profile() -> None:
    busy = a_chair(capacity=0, load={"chair": 99})
    assert seated([vacancy()], busy) == [{(CHAI, CHAIR)}]


def test_one_of_the_agreements_is_enough() -> None:
    one = replace(vacancy(), agreements=frozenset({"7", "8"}))
    assert seated(
        [one], reviewer(ANN), reviewer(BEN, agreements=frozenset({"8"})), reviewer(DORA, agreements=frozenset({"9"}))
    ) == [{(ANN, REVIEWER), (BEN, REVIEWER)}]


def test_who_has_gone_is_not_asked_again_but_replaced() -> None:
    one = vacancy(seats=(chair(), seat(ANN, SeatState.CONFLICTED), seat(BEN)))
    [(_, after)] = panels.fill([one], [reviewer(ANN), reviewer(BEN), reviewer(DORA), a_chair()], min)
    assert [(s.person_id, s.state) for s in after.seats] == [
        (CHAI, SeatState.ASSIGNED),
        (ANN, SeatState.CONFLICTED),
        (BEN, SeatState.ASSIGNED),
        (DORA, SeatState.ASSIGNED),
    ]
    assert after.state is State.SCORING


def test_nobody_found_changes_nothing() -> None:
    one = vacancy()
    assert panels.fill([one], [], min) == [(one.case, one.case)]
    assert panels.fill([], [reviewer(ANN)], min) == []


def test_one_person_with_both_roles_gets_one_seat() -> None:
    both = reviewer(ANN, roles=frozenset({"reviewer", "chair"}))
    assert seated([vacancy()], both, reviewer(BEN)) == [{(ANN, CHAIR), (BEN, REVIEWER)}]


def test_the_least_loaded_are_asked() -> None:
    people = [
        reviewer(ANN, load={"reviewer": 2}),
        reviewer(BEN, load={"reviewer": 1}),
        reviewer(DORA, load={"reviewer": 0}),
        a_chair(load={"chair": 1}),
    ]
    other = a_chair(UUID(int=15), load={"chair": 0, "reviewer": 50})
    assert seated([vacancy()], *people, other) == [{(other.person_id, CHAIR), (BEN, REVIEWER), (DORA, REVIEWER)}]


def test_many_cases_are_spread_evenly_and_never_beyond_capacity() -> None:
    vacancies = [vacancy(case_id=UUID(int=1000 + n)) for n in range(30)]
    people = [reviewer(UUID(int=n), capacity=100) for n in range(50, 54)]
    given = Counter(person for panel in seated(vacancies, *people) for person, _ in panel)
    assert given == {person.person_id: 15 for person in people}
    few = [replace(person, capacity=6) for person in people]
    given = Counter(person for panel in seated(vacancies, *few) for person, _ in panel)
    assert given == {person.person_id: 6 for person in people}


def test_between_equal_loads_chance_decides_and_nothing_else() -> None:
    people = [reviewer(UUID(int=n)) for n in range(50, 60)]
    one = vacancy()
    first = {person for n in range(40) for panel in seated([one], *people) for person, _ in panel}
    assert first == {person.person_id for person in people}
    busy = reviewer(ANN, load={"reviewer": 1})
    [(_, least), (_, greatest)] = (panels.fill([one], [busy, *people], choose)[0] for choose in (min, max))
    assert [[seat.person_id.int for seat in case.seats] for case in (least, greatest)] == [[50, 51], [59, 58]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("North College", "  north   COLLEGE "),
        ("The University of X", "University of X"),
        ("Saint Mary's", "SAINT MARY’S"),
        ("St. Mary's", "St Marys"),
        ("Arts & Crafts", "Arts and Crafts"),
        ("Université de Genève", "Universite de Geneve"),
        ("Cal-State, East Bay", "Cal State East Bay"),
        ("Großstadt", "GROSSSTADT"),
    ],
)
def test_institutions_are_the_same_however_written(one: str, other: str) -> None:
    assert conflicts.normalised(one) == conflicts.normalised(other) != ""


def test_different_institutions_stay_different() -> None:
    names = ["North College", "South College", "College", "Northcollege", "東京大学", "京都大学"]
    assert len({conflicts.normalised(name) for name in names}) == len(names)


def test_an_unknown_institution_matches_nobody() -> None:
    assert conflicts.normalised(" . ") == ""
    assert seated([vacancy("")], reviewer(ANN, institutions=("", " - "))) == [{(ANN, REVIEWER)}]


def test_by_hand_neither_list_nor_room_is_asked() -> None:
    both = frozenset({"reviewer", "chair"})
    for candidate, asked, role in (
        (reviewer(ANN, credentials=frozenset(), capacity=0), REVIEWER, REVIEWER),
        (a_chair(ANN), CHAIR, CHAIR),
        (reviewer(ANN, roles=both), None, REVIEWER),
        (reviewer(ANN, roles=both), CHAIR, CHAIR),
        (a_chair(ANN), None, CHAIR),
    ):
        after = panels.assign_by_hand(vacancy(), candidate, asked)
        assert after.seats == (Seat(ANN, role, number=1),)


@pytest.mark.parametrize(
    ("candidate", "role", "reason"),
    [
        (reviewer(BEN), REVIEWER, "has, or had, a part in this case already"),
        (reviewer(APPLICANT), REVIEWER, "is the applicant"),
        (reviewer(ANN, institutions=("north college",)), REVIEWER, "is of the same institution as the applicant"),
        (a_chair(DORA), REVIEWER, "does not have the role reviewer"),
        (reviewer(ANN), CHAIR, "does not have the role chair"),
        (a_chair(DORA), CHAIR, "cannot be its chair: the case has one"),
        (
            reviewer(ANN, agreements=frozenset({"6"})),
            REVIEWER,
            "has not signed version 7 of the reviewers' agreement (PUT /api/review/me)",
        ),
    ],
)
def test_by_hand_refusals_say_why(candidate: Candidate, role: str, reason: str) -> None:
    with pytest.raises(WrongState) as refused:
        panels.assign_by_hand(vacancy(seats=(chair(), seat(BEN, SeatState.CONFLICTED))), candidate, role)
    assert (refused.value.type, refused.value.faults) == ("not_eligible", (Fault("person_id", Text(reason)),))
    assert str(refused.value.text) == f"this person {reason}; name somebody else"


@pytest.mark.parametrize("state", [State.DECIDING, State.DECIDED, State.CLOSED])
def test_by_hand_only_while_it_is_scored(state: State) -> None:
    with pytest.raises(WrongState) as refused:
        panels.assign_by_hand(Vacancy(case(state), "", frozenset({"7"})), reviewer(ANN), REVIEWER)
    assert refused.value.type == "wrong_state"


def test_who_scores_a_case_assigns_nobody_to_it() -> None:
    one = case(State.SCORING, [chair(), seat(ANN), seat(BEN)])
    panels.check_may_assign(one, CHAI)
    panels.check_may_assign(one, DORA)
    with pytest.raises(NotYours) as refused:
        panels.check_may_assign(one, ANN)
    assert refused.value.text == "only chairs and staff assign people"


def test_who_may_no_longer_judge_leaves_an_empty_seat_and_final_scores_stand() -> None:
    one = case(State.SCORING, [chair(), seat(ANN, SeatState.SUBMITTED), seat(BEN, SeatState.DRAFT)])
    after = panels.released(one, [ANN, BEN, DORA])
    assert [seat.state for seat in after.seats] == [SeatState.ASSIGNED, SeatState.SUBMITTED, SeatState.RELEASED]
    assert after.state is State.ASSIGNING
