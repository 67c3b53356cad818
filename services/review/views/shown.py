"""The parts of a case that its readers may see, as the API and the pages show them. `views/cases.py` says who sees
which."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.events.review import ItemResult


class MaterialShown(BaseModel):
    """One material. `size` is in bytes. Its content is at `url`, its annotation at the same address with
    `part=annotation`.

    `amended_at`: when it was handed in anew after the submission. `late`: None for a material of the submission; else
    whether it came after the decision.
    """

    requirement: str
    kind: str
    name: str
    media_type: str
    size: int
    items: list[str]
    artifact_id: UUID | None
    annotated: bool
    url: str
    amended_at: datetime | None = None
    late: bool | None = None


class ItemShown(BaseModel):
    """An item of the rubric. An item that is carried forward is not scored again."""

    key: str
    name: str
    carried_forward: bool


class LevelShown(BaseModel):
    """A level of the rubric, worst first. `description`: what it means."""

    key: str
    name: str
    passing: bool
    description: str = ""


class RubricShown(BaseModel):
    """The rubric of the case."""

    items: list[ItemShown]
    levels: list[LevelShown]


class ScoreShown(BaseModel):
    """A reviewer's level and note for an item. A draft may lack the level."""

    level: str | None
    note: str


class ScoresShown(BaseModel):
    """One reviewer's scores.

    `reviewer` is a number that tells the panel's members apart. `unreadable`: why the notes cannot be shown, in words,
    which then stand instead of each note. `edition`: of one's own scores, for `If-Match`.
    """

    reviewer: int
    submitted: bool
    items: dict[str, ScoreShown]
    comment: str
    unreadable: str | None = None
    edition: str | None = None


class ResultsShown(BaseModel):
    """The panel's levels by the rule, and the outcome that they allow."""

    rule: str
    explanation: str
    items: list[ItemResult]
    outcome: str


class DecisionShown(BaseModel):
    """A decision. Reviewers get neither letter nor feedback, which name the applicant, nor the time, which stands in
    the public badge.

    `unreadable`: why one of the texts cannot be shown, in words, which then stand instead of it.
    """

    outcome: str
    decided_at: datetime | None = None
    items: list[ItemResult]
    letter: str | None = None
    feedback: dict[str, str] | None = None
    unreadable: str | None = None


class SeatShown(BaseModel):
    """A seat of the panel, for chairs and staff. `reason`: why somebody declared a conflict, for staff.
    `conflict`: the kind of the conflict of interest that the service found.
    """

    number: int
    person_id: UUID
    role: str
    state: str
    reason: str | None = None
    conflict: str | None = None


class CaseShown(BaseModel):
    """A case, as far as the caller may know it. Fields are absent if the caller may not see them or they do not exist
    yet. `lacking`: the roles that it still needs."""

    case_id: UUID
    application_id: UUID | None = None
    submission_number: str
    credential: str
    version: int
    state: str
    due_at: datetime | None
    my_role: str
    declared: bool | None = None
    materials: list[MaterialShown]
    rubric: RubricShown
    scores: ScoresShown | None = None
    panel_scores: list[ScoresShown] | None = None
    panel_results: ResultsShown | None = None
    panel: list[SeatShown] | None = None
    lacking: list[str] | None = None
    decision: DecisionShown | None = None
