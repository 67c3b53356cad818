"""Drafts: texts that an applicant writes and has not handed in yet. A draft need not meet the limits.

A requirement has at most one draft: of its text, or of the annotation of the next artifact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from contracts.catalog import CredentialDefinition, Requirement
from contracts.claims import ObjectClaim
from contracts.refusals import ChangedMeanwhile, Fault, Invalid, Text
from services.intake.domain import materials
from services.intake.domain.applications import Application
from services.intake.domain.materials import ANYTHING, BEFORE, NOTHING, TEXT_KINDS, Handed

DRAFTED_KINDS = TEXT_KINDS | {"artifacts"}
"""Kinds of requirements with a text that is written on these pages."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is stored. `items` are those ticked for an artifact. `based_on` names what was handed in when it
    was saved."""

    requirement: str
    content: ObjectClaim
    words: int
    saved_at: datetime
    items: tuple[str, ...] = ()
    based_on: str = NOTHING


@dataclass(frozen=True, slots=True)
class NotHandedIn:
    """A draft that the panel would not see, and the number of materials that are handed in for its requirement."""

    requirement: Requirement
    draft: Draft
    handed_in: int


def find(drafts: Sequence[Draft], key: str) -> Draft | None:
    """The draft of a requirement, if there is one."""
    return next((draft for draft in drafts if draft.requirement == key), None)


def to_draft(application: Application, definition: CredentialDefinition, key: str, now: datetime) -> Requirement:
    """The requirement, if the applicant may have a draft for it now. Raises the same refusals as
    `materials.to_hand_in`."""
    requirement = materials.to_hand_in(application, definition, key, now)
    if requirement.kind not in DRAFTED_KINDS:
        raise Invalid(
            Fault("text", Text("%(name)s has no text that could be a draft", name=requirement.name)),
            text=Text("%(name)s is not a text.", name=requirement.name),
        )
    return requirement


def handed_tag(requirement: Requirement, handed: Sequence[Handed]) -> str:
    """A name for the material that the next one would replace; NOTHING for artifacts, because there are several."""
    there = materials.replaced_by(requirement, handed)
    return materials.tag(there[0]) if there else NOTHING


def tag(requirement: Requirement, handed: Sequence[Handed], draft: Draft | None) -> str:
    """A name for everything that an applicant sees of a text: what is handed in, and the draft."""
    there = handed_tag(requirement, handed)
    if draft is None:
        return there
    return f"{there}.{sha256(' '.join([draft.content.sha256, *draft.items]).encode()).hexdigest()[:24]}"


def check(
    requirement: Requirement,
    handed: Sequence[Handed],
    draft: Draft | None,
    seen: frozenset[str] | None,
    wanted: ObjectClaim | None = None,
) -> None:
    """Refuses to replace a text or a draft that its author has not seen.

    `seen`: tags of what they have seen, or NOTHING, or ANYTHING; None overwrites without a check. `wanted`, the newest
    text, may be sent again.
    """
    found = tag(requirement, handed, draft)
    if seen is None or found in seen or (found != NOTHING and ANYTHING in seen):
        return
    there = materials.replaced_by(requirement, handed)
    newest = draft.content if draft is not None else there[0].content if there else None
    if wanted is not None and newest is not None and newest.sha256 == wanted.sha256:
        return
    raise ChangedMeanwhile(
        Text(
            "%(name)s was changed in another window or on another device since you read it. Nothing was overwritten.",
            name=requirement.name,
        )
    )


def behind(requirement: Requirement, handed: Sequence[Handed], draft: Draft) -> bool:
    """Whether something else was handed in after the draft was saved."""
    return handed_tag(requirement, handed) not in (NOTHING, draft.based_on)


def goes_with(draft: Draft | None, content: ObjectClaim | None, *, was_seen: bool) -> Draft | None:
    """The draft that is deleted when `content` is handed in: the one that its author saw, or one with the same
    words."""
    if draft is None or was_seen or (content is not None and content.sha256 == draft.content.sha256):
        return draft
    return None


def not_handed_in(
    application: Application, definition: CredentialDefinition, handed: Sequence[Handed], drafts: Sequence[Draft]
) -> tuple[NotHandedIn, ...]:
    """The drafts with words that would not be judged if the application were submitted now, in the order of the
    requirements.

    It leaves out drafts for a path that was not chosen, and for what is due after the submission.
    """
    by_key = {draft.requirement: draft for draft in drafts if draft.words}
    return tuple(
        NotHandedIn(one, by_key[one.key], sum(1 for material in handed if material.requirement == one.key))
        for one in materials.applying(application, definition)
        if one.key in by_key and one.due == BEFORE and one.path in (None, application.path)
    )
