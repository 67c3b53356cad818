"""The chair's decision on a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.claims import ObjectClaim, Outcome
from contracts.events.review import CaseDecided, ItemResult
from services.review.domain import cases, scoring, seats
from services.review.domain.cases import Action, Case
from services.review.domain.refusals import BadInput, NotYours, Refused
from services.review.domain.scoring import Rubric


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the chair says: the outcome, levels that replace the panel's, and the items that feedback is given on. Texts
    are kept elsewhere."""

    outcome: Outcome
    overrides: Mapping[str, str] = field(default_factory=dict)
    feedback_on: tuple[str, ...] = ()


def ballots(case: Case) -> list[Mapping[str, str]]:
    """The final levels of those who scored."""
    return [
        seat.levels for seat in case.seats if seat.role == seats.REVIEWER and seat.state is seats.SeatState.SUBMITTED
    ]


def decide(
    case: Case,
    rubric: Rubric,
    chair: UUID,
    ruling: Ruling,
    letter: ObjectClaim,
    feedback: ObjectClaim,
    decision_id: UUID,
) -> tuple[Case, CaseDecided]:
    """Decide the case. `decision_id` is drawn: who knows the case must not know it.

    Raises NotYours or Refused when this person may not decide now, BadInput for items or levels that the rubric does
    not have, and Refused when `awarded` meets an item that is not demonstrated. `not_yet` is the chair's to say
    whatever the levels are.
    """
    seat = cases.seat_of(case, chair)
    if seat is None or seat.role != seats.CHAIR:
        raise NotYours("only this case's chair decides")
    cases.permit(case.state, Action.DECIDE)
    done = seats.decide(seat)
    event = CaseDecided(
        case_id=case.case_id,
        application_id=case.application_id,
        decision_id=decision_id,
        person_id=case.person_id,
        credential=case.credential,
        credential_version=case.credential_version,
        attempt=case.attempt,
        outcome=ruling.outcome,
        items=_results(case, rubric, ruling),
        letter=letter,
        feedback=feedback,
    )
    return cases.decided(cases.with_seat(case, done)), event


def _results(case: Case, rubric: Rubric, ruling: Ruling) -> tuple[ItemResult, ...]:
    known = ", ".join(rubric.items)
    unknown = tuple(
        (f"feedback.{item}", f"is no item of this rubric; its items are {known}")
        for item in ruling.feedback_on
        if item not in rubric.items
    )
    if unknown:
        raise BadInput(unknown)
    scoring.check(rubric, ruling.overrides)
    results = scoring.panel_results(rubric, ballots(case), ruling.overrides)
    lacking = [result for result in results if not result.demonstrated]
    if ruling.outcome == "awarded" and lacking:
        errors = tuple(
            (f"items.{result.item}", f"the level is {result.level!r}, which does not pass") for result in lacking
        )
        raise Refused(
            "not_demonstrated",
            "awarded needs every item demonstrated; say not_yet, or give items: {item:"
            " {level, reason}} where you judge otherwise",
            errors,
        )
    return results
