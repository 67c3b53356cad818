"""The bodies of requests to this service. Routes and pages share them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.http import Body
from chassis.texts import AS_WHOLE, NAMED_BY_KEYS, Key, LineOrNothing, Text, TextOrNothing, YesOrNo
from contracts.catalog import Key as Slug
from contracts.claims import Outcome

Note = Annotated[TextOrNothing, Field(max_length=10_000)]
Letter = Annotated[Text, Field(max_length=50_000)]


class AssignmentBody(Body):
    """Who is assigned. Without `role` a person becomes a reviewer if they have that role, else chair."""

    person_id: UUID
    role: Literal["reviewer", "chair"] | None = None


class DeclarationBody(Body):
    """Whether there is a conflict of interest."""

    conflict: YesOrNo
    reason: Note | None = None


class DeclineBody(Body):
    """Why the person cannot judge the case. Staff read it, the applicant does not."""

    reason: Annotated[Text, Field(max_length=10_000)]


class ScoreBody(Body):
    """A reviewer's level and note for an item. A draft may lack the level."""

    level: Key | None = None
    note: Note = ""


class ScoresBody(Body):
    """A whole draft. It replaces the one before."""

    items: Annotated[dict[Key, ScoreBody], NAMED_BY_KEYS] = Field(default_factory=dict)
    comment: Note = ""


class OverrideBody(Body):
    """A level that the chair sets instead of the panel's, and the reason."""

    level: Key
    reason: Annotated[Text, Field(max_length=10_000)]


class DecisionBody(Body):
    """The chair's decision. `feedback`: item to text for the applicant. `items`: only those that the chair judges
    differently from the panel."""

    outcome: Outcome
    feedback: Annotated[dict[Key, Note], NAMED_BY_KEYS] = Field(default_factory=dict)
    letter: Letter
    items: Annotated[dict[Key, OverrideBody], NAMED_BY_KEYS] = Field(default_factory=dict)


class AgreementBody(Body):
    """The reviewer signs the reviewers' agreement (confidentiality, conflicts of interest), or takes the signature
    back."""

    accepted: YesOrNo
    version: Key


class ProfileBody(Body):
    """`credentials`: slugs of those that they judge. `capacity`: cases at a time. `institution`: they never judge an
    applicant of the same one."""

    credentials: Annotated[list[Slug], Field(max_length=200)]
    capacity: Annotated[int, Field(strict=True, ge=0, le=10_000), AS_WHOLE]
    institution: LineOrNothing
    agreement: AgreementBody | None = None
