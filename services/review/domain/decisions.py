"""The chair's decision on a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.claims import ObjectClaim, Outcome
from contracts.events.review import CaseDecided, ItemResult
from contracts.refusals import Fault, Invalid, NotYours, Text, WrongState
from services.review.domain import cases, scores, seats
from services.review.domain.cases import Action, Case
from services.review.domain.scores import Rubric
from services.review.domain.seats import Seat


@dataclass(frozen=True, slots=True)
class Ruling:
    """The chair's words: the outcome, levels that replace the panel's, and the items with feedback. The texts are kept
    elsewhere."""

    outcome: Outcome
    overrides: Mapping[str, str] = field(default_factory=dict)
    feedback_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """The chair's texts as claims: to the applicant, on items, and the reasons for changed levels (None if no level was
    changed)."""

    letter: ObjectClaim
    feedback: ObjectClaim
    reasons: ObjectClaim | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on a case. The texts are claims. A case may have several decisions, because an appeal leads to a
    further one."""

    decision_id: UUID
    outcome: str
    results: tuple[ItemResult, ...]
    letter: ObjectClaim
    feedback: ObjectClaim
    reasons: ObjectClaim | None
    decided_by: UUID
    decided_at: datetime


def ballots(case: Case) -> list[Mapping[str, str]]:
    """The final levels of the reviewers."""
    return [
        seat.levels for seat in case.seats if seat.role in seats.SCORING and seat.state is seats.SeatState.SUBMITTED
    ]


def decide(
    case: Case, rubric: Rubric, chair: UUID, ruling: Ruling, written: Written, decision_id: UUID, now: datetime
) -> tuple[Case, Decision, CaseDecided]:
    """Decide the case. `decision_id` is random, because people who know the case must not know it.

    Raises NotYours or WrongState if this person may not decide now, Invalid for items or levels that the rubric does
    not have, and WrongState if `awarded` is said and an item is not demonstrated. The chair may say `not_yet` whatever
    the levels are.
    """
    done = decided_by(case, chair)
    decision = Decision(
        decision_id=decision_id,
        outcome=ruling.outcome,
        results=results_of(case, rubric, ruling),
        letter=written.letter,
        feedback=written.feedback,
        reasons=written.reasons,
        decided_by=chair,
        decided_at=now,
    )
    event = CaseDecided(
        case_id=case.case_id,
        application_id=case.application_id,
        decision_id=decision_id,
        person_id=case.person_id,
        credential=case.credential,
        credential_version=case.credential_version,
        attempt=case.attempt,
        outcome=ruling.outcome,
        items=decision.results,
        letter=written.letter,
        feedback=written.feedback,
    )
    return cases.decided(cases.with_seat(case, done)), decision, event


def decided_by(case: Case, chair: UUID) -> Seat:
    """The chair's seat with its part done. Raises NotYours or WrongState if this person may not decide now."""
    seat = cases.seat_of(case, chair)
    if seat is None or seat.role not in seats.DECIDING:
        raise NotYours(Text("only the chair of this case may decide it"))
    cases.permit(case.state, Action.DECIDE)
    return seats.decide(seat)


def results_of(case: Case, rubric: Rubric, ruling: Ruling) -> tuple[ItemResult, ...]:
    """The level of each item under this ruling. Raises Invalid and WrongState as `decide` does."""
    no_item = scores.no_item(", ".join(rubric.items))
    unknown = [Fault(f"feedback.{item}", no_item) for item in ruling.feedback_on if item not in rubric.items]
    if unknown:
        raise Invalid(*unknown)
    scores.check(rubric, ruling.overrides)
    results = scores.panel_results(rubric, ballots(case), ruling.overrides)
    lacking = [result for result in results if not result.demonstrated]
    if ruling.outcome == "awarded" and lacking:
        raise WrongState(
            Text(
                "awarded needs every item demonstrated; say not_yet, or give items: {item:"
                " {level, reason}} where you judge otherwise"
            ),
            type="not_demonstrated",
            faults=[
                Fault(f"items.{result.item}", Text("the level is '%(level)s', which does not pass", level=result.level))
                for result in lacking
            ],
        )
    return results
