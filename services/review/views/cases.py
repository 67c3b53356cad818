"""A case as each reader may see it.

Reviewers judge blind. They see no application, no applicant, no letter to an applicant, and before the decision nobody
else's scores.
"""

from uuid import UUID

from chassis.database.pool import Database
from chassis.objects import ObjectStore
from chassis.showing import TEXTS, text_of
from contracts.catalog import Level
from contracts.events.applications import Material
from services.review.domain import access, cases, decisions, scores, seats
from services.review.domain.access import Caller
from services.review.domain.cases import Case, State
from services.review.domain.scores import Rubric
from services.review.domain.seats import Seat
from services.review.store.access import CaseFile
from services.review.store.supplements import Supplement
from services.review.usecases.access import look
from services.review.views.shown import (
    CaseShown,
    DecisionShown,
    ItemShown,
    LevelShown,
    MaterialShown,
    ResultsShown,
    RubricShown,
    ScoreShown,
    ScoresShown,
    SeatShown,
)
from services.review.views.texts import NOTES, Notes, TextRequest, Texts, read_all

LOOKS = 5
"""How often a case is read again if its texts are replaced at the same time."""


def _sees(found: CaseFile, role: str, caller: Caller) -> tuple[Seat | None, list[Seat], bool]:
    """Whose scores the caller sees (their own, and the panel's final ones), and whether they see materials and
    results."""
    mine = cases.seat_of(found.case, caller.person_id)
    opened = role == access.STAFF or (mine is not None and mine.declared)
    decided = found.case.state is State.DECIDED
    final = [
        seat for seat in found.case.seats if seat.role == seats.REVIEWER and seat.state is seats.SeatState.SUBMITTED
    ]
    panel = final if decided or (role == seats.CHAIR and opened) else []
    own = mine if role == seats.REVIEWER and mine is not None and mine.declared else None
    return own, panel, opened and found.case.state is not State.CLOSED


def asked_of(found: CaseFile, role: str, caller: Caller) -> list[TextRequest]:
    """The texts that `show` needs for this caller."""
    own, panel, _ = _sees(found, role, caller)
    asked: list[TextRequest] = [(seat.notes, NOTES) for seat in ([own] if own else []) + panel]
    if found.decision is not None and role != seats.REVIEWER:
        asked += [(found.decision.letter, None), (found.decision.feedback, TEXTS)]
    if role == access.STAFF:
        asked += [(seat.reason, None) for seat in found.case.seats]
    return asked


def show(found: CaseFile, role: str, caller: Caller, texts: Texts) -> CaseShown:
    """The case for this caller, with the texts that `asked_of` named."""
    case = found.case
    own, panel, opened = _sees(found, role, caller)
    mine = cases.seat_of(case, caller.person_id)
    overseer = role != seats.REVIEWER
    return CaseShown(
        case_id=case.case_id,
        application_id=case.application_id if role == access.STAFF else None,
        submission_number=case.submission_number,
        credential=case.credential,
        version=case.credential_version,
        state=case.state,
        due_at=case.due_at,
        my_role=role,
        declared=mine.declared if mine is not None else None,
        materials=[_material(found, material) for material in found.materials] if opened else [],
        rubric=_rubric(found.rubric),
        scores=None if own is None else _scores(own, texts).model_copy(update={"edition": scores.edition(own)}),
        panel_scores=[_scores(seat, texts) for seat in panel] or None,
        panel_results=_results(found) if role == seats.CHAIR and opened and case.state is State.DECIDING else None,
        panel=[_seat(seat, texts, role) for seat in case.seats] if overseer else None,
        lacking=_lacking(case) if overseer else None,
        decision=_decision(found, texts, overseer),
    )


def _material(found: CaseFile, material: Material) -> MaterialShown:
    query = f"?artifact_id={material.artifact_id}" if material.artifact_id is not None else ""
    came = (one for one in found.supplements if _names(one, material))
    return MaterialShown(
        late=next((one.late for one in came), None),
        requirement=material.requirement,
        kind=material.kind,
        name=found.requirements.get(material.requirement, material.requirement),
        media_type=material.content.media_type,
        size=material.content.size,
        items=list(material.items),
        artifact_id=material.artifact_id,
        annotated=material.annotation is not None,
        url=f"/api/review/cases/{found.case.case_id}/materials/{material.requirement}{query}",
        amended_at=found.amended.get(material.requirement),
    )


def _names(one: Supplement, material: Material) -> bool:
    return (one.requirement, one.artifact_id) == (material.requirement, material.artifact_id)


def _rubric(rubric: Rubric) -> RubricShown:
    return RubricShown(
        items=[
            ItemShown(key=key, name=name, carried_forward=key in rubric.carried) for key, name in rubric.items.items()
        ],
        levels=[_level(level) for level in rubric.levels],
    )


def _level(level: Level) -> LevelShown:
    return LevelShown(key=level.key, name=level.name, passing=level.passing, description=level.description)


def _scores(seat: Seat, texts: Texts) -> ScoresShown:
    read = texts.of(seat.notes)
    notes = read.value or Notes()
    return ScoresShown(
        reviewer=seat.number,
        submitted=seat.state is seats.SeatState.SUBMITTED,
        items={
            item: ScoreShown(level=seat.levels.get(item), note=read.words or notes.items.get(item, ""))
            for item in sorted({*seat.levels, *notes.items})
        },
        comment=read.words or notes.comment,
        unreadable=read.words,
    )


def _results(found: CaseFile) -> ResultsShown:
    results = scores.panel_results(found.rubric, decisions.ballots(found.case), {})
    outcome = "awarded" if all(result.demonstrated for result in results) else "not_yet"
    return ResultsShown(rule=scores.RULE, explanation=str(scores.RULE_TEXT), items=list(results), outcome=outcome)


def _lacking(case: Case) -> list[str]:
    return cases.lacking(case.state, [seat.role for seat in case.seats if not seat.empty], case.panel)


def _seat(seat: Seat, texts: Texts, role: str) -> SeatShown:
    reason = text_of(texts.of(seat.reason)) if role == access.STAFF and seat.reason is not None else None
    return SeatShown(
        number=seat.number,
        person_id=seat.person_id,
        role=seat.role,
        state=seat.state,
        reason=reason,
        conflict=seat.conflict or None,
    )


def _decision(found: CaseFile, texts: Texts, overseer: bool) -> DecisionShown | None:
    decision = found.decision
    if decision is None:
        return None
    shown = DecisionShown(outcome=decision.outcome, items=list(decision.results))
    if overseer:
        shown.decided_at = decision.decided_at
        letter, feedback = texts.of(decision.letter), texts.of(decision.feedback)
        shown.letter = text_of(letter)
        shown.feedback = (
            {result.item: feedback.words for result in decision.results} if feedback.words else feedback.value or {}
        )
        shown.unreadable = letter.words or feedback.words
    return shown


async def read(database: Database, objects: ObjectStore, address: UUID, caller: Caller) -> CaseShown:
    """The case with its texts, as far as the caller may know it. Raises access.NotThere."""
    return (await read_file(database, objects, address, caller))[1]


async def read_file(
    database: Database, objects: ObjectStore, address: UUID, caller: Caller
) -> tuple[CaseFile, CaseShown]:
    """The same, with everything that the case is judged by, whoever asks."""
    before: CaseFile | None = None
    for _ in range(LOOKS):
        async with database.reading() as tx:
            found, role = await look(tx, address, caller)
        if found == before:  # an object that is not there now was not replaced: it is deleted
            break
        texts = await read_all(objects, asked_of(found, role, caller), case_id=found.case.case_id)
        if not texts.lacks_some:
            break
        before = found
    return found, show(found, role, caller, texts)
