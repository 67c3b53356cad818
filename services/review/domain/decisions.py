"""The chair's decision on a case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from contracts.claims import ObjectClaim, Outcome
from contracts.events.review import CaseDecided, ItemResult
from services.review.domain import cases, scoring, seats
from services.review.domain.cases import Action, Case
from services.review.domain.refusals import BadInput, NotYours, Refused
from services.review.domain.scoring import Rubric


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the chair says: the outcome, and levels that replace the panel's. Reasons, letter and feedback are texts, kept as claims elsewhere."""

    outcome: Outcome
    overrides: Mapping[str, str]


def decision_id_of(case_id: UUID) -> UUID:
    """One decision a case."""
    return uuid5(case_id, "decision")


def ballots(case: Case) -> list[Mapping[str, str]]:
    """The final levels of those who scored."""
    return [seat.levels for seat in case.seats if seat.role == seats.REVIEWER and seat.state is seats.SeatState.SUBMITTED]


def check(case: Case, rubric: Rubric, chair: UUID, ruling: Ruling, feedback: Iterable[str]) -> tuple[ItemResult, ...]:
    """The results that this ruling would have.

    Raises BadInput for items or levels that the rubric does not have, NotYours or Refused when this person may not decide now, and Refused
    when `awarded` meets an item that is not demonstrated. `not_yet` is the chair's to say whatever the levels are.
    """
    unknown = tuple(
        (f"feedback.{item}", f"is no item of this rubric; its items are {', '.join(rubric.items)}") for item in feedback if item not in rubric.items
    )
    if unknown:
        raise BadInput(unknown)
    scoring.check(rubric, ruling.overrides)
    _chair_of(case, chair)
    cases.permit(case, Action.DECIDE)
    seats.decide(_chair_of(case, chair))
    results = scoring.panel_results(rubric, ballots(case), ruling.overrides)
    lacking = [result for result in results if not result.demonstrated]
    if ruling.outcome == "awarded" and lacking:
        errors = tuple((f"items.{result.item}", f"the panel's level is {result.level!r}, which does not pass") for result in lacking)
        raise Refused(
            "not_demonstrated",
            "awarded needs every item demonstrated; say not_yet, or give items: {item: {level, reason}} where you judge otherwise",
            errors,
        )
    return results


def decide(
    case: Case, rubric: Rubric, chair: UUID, ruling: Ruling, feedback: Iterable[str], letter: ObjectClaim, feedback_claim: ObjectClaim
) -> tuple[Case, CaseDecided]:
    """Decide; raises as `check` does."""
    results = check(case, rubric, chair, ruling, feedback)
    event = CaseDecided(
        case_id=case.case_id,
        application_id=case.application_id,
        decision_id=decision_id_of(case.case_id),
        person_id=case.person_id,
        credential=case.credential,
        credential_version=case.credential_version,
        attempt=case.attempt,
        outcome=ruling.outcome,
        items=results,
        letter=letter,
        feedback=feedback_claim,
    )
    return cases.decided(cases.with_seat(case, seats.decide(_chair_of(case, chair)))), event


def _chair_of(case: Case, person_id: UUID) -> seats.Seat:
    seat = cases.seat_of(case, person_id)
    if seat is None or seat.role != seats.CHAIR:
        raise NotYours("only this case's chair decides")
    return seat
