"""The definition of a micro-credential. `program/` holds it as YAML, `intake` publishes it, and other services project
it.

Sets that grow (requirement kinds, group kinds, resource kinds, states) are strings with documented values.
"""

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.claims import Money
from contracts.event import Payload

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,79}$")]

CREDENTIAL_STATES = ("planned", "announced", "open", "paused", "retired")
GROUP_KINDS = ("competency", "disposition", "critical_commitment", "area")
REQUIREMENT_KINDS = ("self_assessment", "short_text", "essay", "file", "video", "artifacts", "letter", "action_plan")
DUE = ("before_submission", "after_submission")


class Item(Payload):
    """One competency, disposition, commitment or area that a reviewer judges."""

    key: Key
    name: str
    questions: tuple[str, ...] = ()


class Group(Payload):
    """Items of one kind; `kind` is one of GROUP_KINDS (it may grow)."""

    key: Key
    kind: str
    name: str
    items: tuple[Item, ...]


class Limits(Payload):
    """The limits of a material; each is optional. Words, minutes, bytes and counts are whole numbers."""

    min_words: int | None = None
    max_words: int | None = None
    min_minutes: int | None = None
    max_minutes: int | None = None
    media_types: tuple[str, ...] | None = None
    max_bytes: int | None = None
    min_count: int | None = None
    max_count: int | None = None


class Requirement(Payload):
    """One thing an applicant hands in. `path` limits it to applicants who chose that path; `None` asks everybody.

    Of a letter: `questions` guide who writes it, and `applicant_reads` says whether the applicant may read it.
    """

    key: Key
    kind: str
    name: str
    description: str = ""
    required: bool = True
    due: str = "before_submission"
    limits: Limits = Limits()
    path: Key | None = None
    questions: tuple[str, ...] = ()
    applicant_reads: bool = False


class PathAnswer(Payload):
    """An answer to the question that gates the paths."""

    key: Key
    name: str


class PathOption(Payload):
    """One of the paths. `answers` names the answers that allow it; empty allows it to everybody."""

    key: Key
    name: str
    answers: tuple[Key, ...] = ()


class PathChoice(Payload):
    """A choice of one path out of several. The answer to a question may limit it; without a question all paths are
    open."""

    question: str = ""
    answers: tuple[PathAnswer, ...] = ()
    options: tuple[PathOption, ...]


class Level(Payload):
    """A level of the rubric, worst first in the rubric's order."""

    key: Key
    name: str
    passing: bool
    description: str = ""


class Rubric(Payload):
    """The public rubric. Demonstrated items carry forward to a next attempt within one `version` of it."""

    version: str
    levels: tuple[Level, ...]


class Resource(Payload):
    """A training, a reading or a hub, mapped to the items it prepares for."""

    key: Key
    kind: str
    title: str
    provider: str
    url: str | None = None
    approved_on: date | None = None
    items: tuple[Key, ...] = ()


class Agreement(Payload):
    """The agreement form that an applicant accepts; its version is kept with the acceptance."""

    version: str
    text: str


MOST_REVIEWERS = 20
"""The most reviewers on a panel. The program's check and `review` refuse more; the released schema sets no bound."""


class ReviewPolicy(Payload):
    """How applications for this credential are judged (defaults are taken from peer programs, see PROGRAM.md)."""

    reviewers: Annotated[int, Field(ge=1)] = 2
    business_days: Annotated[int, Field(ge=1)] = 14
    agreement: Agreement = Agreement(version="1", text="")


class LetterPolicy(Payload):
    """How third parties are asked for letters, in days. The defaults are ours, nothing was published.

    A link is good for `link_days`. Who has not answered is reminded `reminder_days` after they were asked. The
    applicant can have them reminded `again_days` after the last mail.
    """

    link_days: Annotated[int, Field(ge=1, le=366)] = 60
    reminder_days: tuple[Annotated[int, Field(ge=1, le=366)], ...] = (7, 14)
    again_days: Annotated[int, Field(ge=1, le=366)] = 3


class CredentialDefinition(Payload):
    """One version of a micro-credential, whole.

    An application stays on the `version` of its start. A planned or announced credential may have no groups yet.
    `gap_at_most`: a self-assessment rating of an item at or below this (1-5) counts as a gap.
    """

    slug: Key
    version: Annotated[int, Field(ge=1)]
    name: str
    state: str
    summary: str = ""
    fee: Money = Money(amount_minor=6000)
    eligibility: str | None = None
    criteria: str = ""
    agreement: Agreement = Agreement(version="1", text="")
    groups: tuple[Group, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    paths: PathChoice | None = None
    rubric: Rubric = Rubric(version="1", levels=())
    resources: tuple[Resource, ...] = ()
    review: ReviewPolicy = ReviewPolicy()
    letters: LetterPolicy = LetterPolicy()
    gap_at_most: Annotated[int, Field(ge=1, le=5)] = 2

    @property
    def items(self) -> tuple[Item, ...]:
        """All items of all groups, in order."""
        return tuple(item for group in self.groups for item in group.items)
