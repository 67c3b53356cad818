"""What is missing for a submission, what goes to the panel, and the submission."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.events.applications import ApplicationSubmitted, ApplicationSupplemented, CarriedItem, Material
from contracts.refusals import Fault, WrongState
from services.intake.domain.applications import Moment
from services.intake.domain.assessment import assess
from services.intake.domain.materials import Handed
from services.intake.domain.states import State
from services.intake.domain.submission import as_material, counting, expected, missing, submit, supplement
from tests.unit.intake.builders import (
    APPLICATION,
    NOW,
    PERSON,
    application,
    claim,
    definition,
    handed,
    later,
    with_requirements,
)

OPEN = application(state=State.OPEN)
WEAVING = definition()
RATED = assess(OPEN, {"warp": 3, "weft": 3, "loom": 3}, WEAVING)
CV = handed("cv", "file")
ESSAY = handed("essay", "essay")
READINESS = handed("readiness", "self_assessment")
TALK = handed("talk", "video")


def work(number: int) -> Handed:
    return handed("works", "artifacts", artifact_id=UUID(int=number), handed_in_at=later(number))


def test_everything_that_is_missing_is_named() -> None:
    assert missing(OPEN, WEAVING, ()) == (
        Fault("path", "choose one of spoken, shown"),
        Fault("readiness", "rate warp, weft, loom"),
        Fault("cv", "hand in CV"),
        Fault("essay", "hand in Essay"),
    )
    assert missing(replace(RATED, path="spoken"), WEAVING, [READINESS]) == (
        Fault("cv", "hand in CV"),
        Fault("talk", "hand in Talk"),
        Fault("essay", "hand in Essay"),
    )


def test_nothing_is_missing_on_either_path() -> None:
    assert missing(replace(RATED, path="spoken"), WEAVING, [READINESS, CV, ESSAY, TALK]) == ()
    assert missing(replace(RATED, path="shown"), WEAVING, [READINESS, CV, ESSAY, work(1), work(2)]) == ()


def test_too_few_artifacts() -> None:
    assert missing(replace(RATED, path="shown"), WEAVING, [READINESS, CV, ESSAY, work(1)]) == (
        Fault("works", "hand in at least 2 (1 so far)"),
    )


def test_what_was_begun_must_be_finished_though_it_is_optional() -> None:
    optional = with_requirements(
        {"key": "works", "kind": "artifacts", "name": "Works", "required": False, "limits": {"min_count": 2}},
        paths=None,
    )
    assert missing(OPEN, optional, []) == ()
    assert missing(OPEN, optional, [work(1)]) == (Fault("works", "hand in at least 2 (1 so far)"),)


def test_a_credential_that_requires_letters_lacks_those_that_are_not_received() -> None:
    limits = {"min_count": 2, "max_count": 3}
    asks = with_requirements({"key": "letter", "kind": "letter", "name": "Letter", "limits": limits}, paths=None)
    one, two = (Handed("letter", "letter", claim(str(n)), later(n), artifact_id=UUID(int=n)) for n in (1, 2))
    for letters, received in (([], 0), ([one], 1)):
        (fault,) = missing(OPEN, asks, letters)
        assert fault.field == "letter"
        assert str(fault.text).startswith(f"at least 2 received ({received} so far); ")
    assert missing(OPEN, asks, [one, two]) == ()
    assert [as_material(letter).artifact_id for letter in counting(OPEN, asks, [two, one])] == [
        UUID(int=1),
        UUID(int=2),
    ]


def test_the_materials_of_another_path_stay_and_do_not_count_and_the_self_assessment_is_never_among_them() -> None:
    given = [work(2), work(1), TALK, ESSAY, CV, READINESS]
    assert counting(replace(RATED, path="shown"), WEAVING, given) == (CV, work(1), work(2), ESSAY)
    assert counting(replace(RATED, path="spoken"), WEAVING, given) == (CV, TALK, ESSAY)


def test_a_material_is_said_by_its_claims() -> None:
    annotated = replace(work(1), annotation=claim("note"), items=("warp",), words=2)
    assert as_material(annotated) == Material(
        requirement="works",
        kind="artifacts",
        content=claim("works"),
        artifact_id=UUID(int=1),
        annotation=claim("note"),
        items=("warp",),
    )


def test_a_submission_carries_the_claims_of_everything_that_counts() -> None:
    carried = (CarriedItem(item="warp", level="yes"),)
    before = replace(RATED, path="spoken", attempt=2, carried_forward=carried)
    given = [READINESS, CV, TALK, ESSAY, work(1)]
    submitted, events = submit(before, WEAVING, given, person_version=9, now=NOW)
    assert submitted == replace(before, state=State.SUBMITTED, timeline=(Moment(NOW, "submitted"),))
    assert events == (
        ApplicationSubmitted(
            application_id=APPLICATION,
            person_id=PERSON,
            person_version=9,
            credential="weaving",
            credential_version=1,
            attempt=2,
            materials=tuple(as_material(one) for one in (CV, TALK, ESSAY)),
            carried_forward=carried,
            expected=("after",),
        ),
    )


def test_what_is_asked_for_after_the_submission_goes_to_the_panel_by_itself() -> None:
    after = Handed("after", "short_text", claim("after"), NOW, words=2)
    submitted = replace(RATED, path="spoken", state=State.SUBMITTED)
    assert [one.key for one in expected(submitted, WEAVING, [ESSAY])] == ["after"]
    assert expected(submitted, WEAVING, [after]) == ()
    supplemented, events = supplement(submitted, after, now=NOW)
    assert supplemented == replace(submitted, timeline=(Moment(NOW, "supplemented"),))
    assert events == (
        ApplicationSupplemented(
            application_id=APPLICATION,
            person_id=PERSON,
            credential="weaving",
            credential_version=1,
            material=as_material(after),
        ),
    )


def test_an_incomplete_submission_names_what_is_missing() -> None:
    with pytest.raises(WrongState, match="is open and not complete") as refused:
        submit(replace(RATED, path="spoken"), WEAVING, [READINESS, CV, TALK], person_version=1, now=NOW)
    assert (refused.value.type, refused.value.faults) == ("incomplete", (Fault("essay", "hand in Essay"),))


def test_a_skipped_step_is_refused_before_anything_else_is_looked_at() -> None:
    with pytest.raises(WrongState, match=r"this application is fee_due; possible now: .*payment of the fee") as refused:
        submit(application(state=State.FEE_DUE), WEAVING, [], person_version=1, now=NOW)
    assert refused.value.type == "wrong_state"
