"""What an applicant hands in: which requirements apply, in which form, within which limits, and what is still
missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition, Requirement
from contracts.claims import ObjectClaim
from contracts.events.intake import Material
from contracts.media import extension
from services.intake.domain import media, words
from services.intake.domain.applications import Application
from services.intake.domain.assessment import unrated
from services.intake.domain.refusals import (
    Fault,
    Invalid,
    NotHandedInHere,
    NotThere,
    PathNotOpen,
    TooLarge,
    TooMany,
    WrongMediaType,
)
from services.intake.domain.states import Action, next_state

TEXT_KINDS = frozenset({"short_text", "essay", "action_plan"})
FILE_KINDS = frozenset({"file", "video", "artifacts"})
LINK_KINDS = frozenset({"video"})
DEFAULT_MAX_BYTES = 25 * 1024 * 1024
"""The size of a file, where the requirement has no limit of its own."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One material as it is kept. `words` and `minutes` are what was counted or stated; `artifact_id` only for
    artifacts."""

    requirement: str
    kind: str
    content: ObjectClaim
    handed_in_at: datetime
    artifact_id: UUID | None = None
    annotation: ObjectClaim | None = None
    items: tuple[str, ...] = ()
    words: int | None = None
    minutes: float | None = None


def applying(application: Application, definition: CredentialDefinition) -> tuple[Requirement, ...]:
    """The requirements that this applicant has to do with: those for everybody and, once a path is chosen, those of
    it."""
    return tuple(
        found for found in definition.requirements if found.path is None or application.path in (None, found.path)
    )


def find(definition: CredentialDefinition, key: str) -> Requirement:
    """The requirement with that key. Raises NotThere."""
    found = next((requirement for requirement in definition.requirements if requirement.key == key), None)
    if found is None:
        raise NotThere(f"{definition.name} has no requirement {key!r}.")
    return found


def to_hand_in(application: Application, definition: CredentialDefinition, key: str) -> Requirement:
    """The requirement, if the application may hand something in for it (or take it back) now."""
    requirement = find(definition, key)
    next_state(application.state, Action.HAND_IN)
    if requirement.kind == "self_assessment":
        raise NotHandedInHere(
            f"{requirement.name}: give it by PUT /api/applications/{application.application_id}/self-assessment."
        )
    if requirement.kind not in TEXT_KINDS | FILE_KINDS:
        raise NotHandedInHere(f"{requirement.name}: {_how_else(requirement)}")
    if requirement.due != "before_submission":
        raise NotHandedInHere(f"{requirement.name} is asked for after the submission.")
    if requirement.path is not None and requirement.path != application.path:
        chosen = f"this application chose {application.path!r}" if application.path else "choose a path first"
        raise PathNotOpen(f"{requirement.name} belongs to the path {requirement.path!r}; {chosen}.")
    return requirement


def _how_else(requirement: Requirement) -> str:
    if requirement.kind == "letter":
        return "it is written by a third party who is asked by e-mail, and asking for letters is not offered yet."
    return f"materials of kind {requirement.kind!r} cannot be handed in here."


def check_text(requirement: Requirement, text: str) -> int:
    """The number of words of a text. Refuses a requirement that takes none, and a text outside its limits."""
    if requirement.kind not in TEXT_KINDS:
        raise Invalid(f"{requirement.name} is not a text.", [Fault("text", _forms(requirement))])
    counted = words.count(text)
    if counted == 0:
        raise Invalid("There is no text.", [Fault("text", "write at least one word")])
    _within("text", "words", counted, requirement.limits.min_words, requirement.limits.max_words)
    return counted


def check_link(requirement: Requirement, minutes: float) -> None:
    """Refuses a requirement that takes no link, and a length outside its limits."""
    if requirement.kind not in LINK_KINDS:
        raise Invalid(f"{requirement.name} is not a link.", [Fault("url", _forms(requirement))])
    _within("minutes", "minutes", minutes, requirement.limits.min_minutes, requirement.limits.max_minutes)


def max_bytes(requirement: Requirement) -> int:
    """The most bytes that a file for it may have. Refuses a requirement that takes no file."""
    if not _takes_files(requirement):
        raise Invalid(f"{requirement.name} is not a file.", [Fault("file", _forms(requirement))])
    return requirement.limits.max_bytes or DEFAULT_MAX_BYTES


def too_large(requirement: Requirement) -> TooLarge:
    """The refusal of a file that is larger than `max_bytes`."""
    largest = max_bytes(requirement)
    return TooLarge(f"{requirement.name} takes at most {largest} bytes.", [Fault("file", f"at most {largest} bytes")])


def check_file(requirement: Requirement, found: str, size: int, filename: str | None = None) -> None:
    """Refuses an empty file, one whose name claims another kind than its content, and one of a kind that the
    requirement does not take.

    `found` is what the file is by its content (`domain.telling`).
    """
    if size == 0 or found == media.EMPTY:
        raise Invalid("The file is empty.", [Fault("file", "choose a file that has content")])
    allowed = requirement.limits.media_types
    claims, takes = media.claimed(filename), media.listed(allowed)
    kind, remedy = media.words(found, allowed), media.remedy(found, allowed)
    if media.contradicts(claims, found):
        if media.fits(found, allowed):
            remedy = f"If it is the right file, give its name the ending {extension(found)}."
        remedy = (
            remedy
            or "Choose the right file, or save it anew as what it should be; another name does not change what it is."
        )
        told = f"By its name the file is {media.of_a_name(claims)}; by its content it is {kind}."
        raise WrongMediaType(
            f"{told} {remedy}", [Fault("file", f"must be what its name says; {requirement.name} takes {takes}")]
        )
    if not media.fits(found, allowed):
        told = f"{requirement.name} takes {takes}; by its content this is {kind}."
        raise WrongMediaType(f"{told} {remedy}".strip(), [Fault("file", f"must be {takes}")])


def check_annotation(
    requirement: Requirement, annotation: str | None, items: Sequence[str], definition: CredentialDefinition
) -> None:
    """Refuses items that the credential does not have, an annotation outside the limits, and either of them on anything
    but an artifact."""
    if requirement.kind != "artifacts":
        if annotation is not None or items:
            raise Invalid(
                f"{requirement.name} takes no annotation.",
                [Fault("annotation" if annotation else "items", "leave it out")],
            )
        return
    known = [item.key for item in definition.items]
    unknown = [item for item in items if item not in known]
    if unknown:
        raise Invalid(f"There is no item {unknown[0]!r}.", [Fault("items", f"some of {', '.join(known)}")])
    if annotation is not None or requirement.limits.min_words:
        _within(
            "annotation",
            "words",
            words.count(annotation or ""),
            requirement.limits.min_words,
            requirement.limits.max_words,
        )


def replaced_by(requirement: Requirement, handed: Sequence[Handed]) -> tuple[Handed, ...]:
    """What goes when something is handed in for the requirement: nothing for artifacts, of which there are several."""
    return () if requirement.kind == "artifacts" else tuple(one for one in handed if one.requirement == requirement.key)


def check_count(requirement: Requirement, already: int) -> None:
    """Refuses one artifact more than the requirement takes."""
    most = requirement.limits.max_count
    if most is not None and already >= most:
        raise TooMany(f"{requirement.name} takes at most {most}; remove one before you add another.")


def missing(application: Application, definition: CredentialDefinition, handed: Sequence[Handed]) -> tuple[Fault, ...]:
    """What is due before the submission and is not there, by requirement (`path` for a path that is not chosen)."""
    faults = []
    if definition.paths is not None and application.path is None:
        faults.append(Fault("path", f"choose one of {', '.join(option.key for option in definition.paths.options)}"))
    for requirement in applying(application, definition):
        if requirement.path is not None and application.path is None:
            continue
        fault = lacking(application, definition, requirement, handed)
        if (
            requirement.due == "before_submission"
            and fault is not None
            and (requirement.required or _begun(requirement, handed))
        ):
            faults.append(Fault(requirement.key, fault))
    return tuple(faults)


def lacking(
    application: Application, definition: CredentialDefinition, requirement: Requirement, handed: Sequence[Handed]
) -> str | None:
    """What one requirement still needs, in words; None if it is done."""
    count = sum(1 for material in handed if material.requirement == requirement.key)
    if requirement.kind == "self_assessment":
        left = unrated(application, definition)
        return None if not left and count else f"rate {', '.join(left)}" if left else "rate each item"
    if requirement.kind == "artifacts":
        least = requirement.limits.min_count or 1
        return None if count >= least else f"hand in at least {least} ({count} so far)"
    if requirement.kind not in TEXT_KINDS | FILE_KINDS and not count:
        return _how_else(requirement)
    return None if count else f"hand in {requirement.name}"


def _begun(requirement: Requirement, handed: Sequence[Handed]) -> bool:
    return any(material.requirement == requirement.key for material in handed)


def counting(
    application: Application, definition: CredentialDefinition, handed: Sequence[Handed]
) -> tuple[Handed, ...]:
    """The materials that go to the panel, in the order of the requirements and then of handing in: none of a path that
    was not chosen."""
    order = {requirement.key: place for place, requirement in enumerate(applying(application, definition))}
    return tuple(
        sorted((m for m in handed if m.requirement in order), key=lambda m: (order[m.requirement], m.handed_in_at))
    )


def as_said(handed: Handed) -> Material:
    """A material as the event carries it: claims only."""
    return Material(
        requirement=handed.requirement,
        kind=handed.kind,
        content=handed.content,
        artifact_id=handed.artifact_id,
        annotation=handed.annotation,
        items=handed.items,
    )


def _takes_files(requirement: Requirement) -> bool:
    return requirement.kind in FILE_KINDS


def _forms(requirement: Requirement) -> str:
    forms = [
        *(["JSON {text}"] if requirement.kind in TEXT_KINDS else []),
        *(["JSON {url, minutes}"] if requirement.kind in LINK_KINDS else []),
        *(["multipart file"] if _takes_files(requirement) else []),
    ]
    return f"{requirement.name} takes {' or '.join(forms)}"


def _within(name: str, unit: str, value: float, least: int | None, most: int | None) -> None:
    said = int(value) if value == int(value) else value  # never rounded: 20.0000001 is more than 20
    if least is not None and value < least:
        raise Invalid(f"That is too short: {said} {unit}.", [Fault(name, f"at least {least} {unit}; this has {said}")])
    if most is not None and value > most:
        raise Invalid(f"That is too long: {said} {unit}.", [Fault(name, f"at most {most} {unit}; this has {said}")])
