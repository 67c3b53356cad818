"""Materials: which requirements apply, in which form, and within which limits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition, Requirement
from contracts.claims import ObjectClaim
from contracts.media import extension
from contracts.refusals import ChangedMeanwhile, Fault, Invalid, NotThere, Text, TooLarge, WrongMediaType, WrongState
from contracts.sizes import said
from services.intake.domain import media, paths, words
from services.intake.domain.applications import Application
from services.intake.domain.states import Action, State, next_state

TEXT_KINDS = frozenset({"short_text", "essay", "action_plan"})
FILE_KINDS = frozenset({"file", "video", "artifacts"})
LETTER = "letter"
"""The kind of a third party's letter: a text or a file, handed in through a link of its own."""
LINK_KINDS = frozenset({"video"})
BEFORE = "before_submission"
DEFAULT_MAX_BYTES = 25 * 1024 * 1024
"""The largest size of a file if the requirement has no limit of its own."""
WORDS, MINUTES = Text("words"), Text("minutes")
ANOTHER_FILE = Text(
    "Choose the right file, or save it again in the right format. Another name does not change the format."
)


@dataclass(frozen=True, slots=True)
class Handed:
    """One material as it is kept. `words` and `minutes` were counted or stated; only artifacts have an `artifact_id`;
    `filename` is the applicant's name for the file."""

    requirement: str
    kind: str
    content: ObjectClaim
    handed_in_at: datetime
    artifact_id: UUID | None = None
    annotation: ObjectClaim | None = None
    items: tuple[str, ...] = ()
    words: int | None = None
    minutes: float | None = None
    filename: str | None = None


NOTHING, ANYTHING = "", "*"
"""Marks in the basis of a change: nothing was there; something was there, whatever it was."""


def tag(handed: Handed) -> str:
    """A name for what was handed in, made of its content."""
    return handed.content.sha256[:32]


def check_basis(
    requirement: Requirement, there: Sequence[Handed], based_on: Collection[str] | None, new: Handed | None = None
) -> None:
    """Refuses to replace a material that its author has not seen.

    `based_on`: the tags that they have seen, or NOTHING, or ANYTHING; None overwrites without a check. The present
    content may be sent again.
    """
    found = tag(there[0]) if there else NOTHING
    if based_on is None or found in based_on or (there and ANYTHING in based_on):
        return
    if new is None or tag(new) != found:
        raise ChangedMeanwhile(
            Text(
                "%(name)s was changed in another window or on another device since you read it."
                " Nothing was overwritten.",
                name=requirement.name,
            )
        )


def applying(application: Application, definition: CredentialDefinition) -> tuple[Requirement, ...]:
    """The requirements for this applicant: those for everybody, and those of the chosen path."""
    return tuple(
        found for found in definition.requirements if found.path is None or application.path in (None, found.path)
    )


def find(definition: CredentialDefinition, key: str) -> Requirement:
    """The requirement with that key. Raises NotThere."""
    found = next((requirement for requirement in definition.requirements if requirement.key == key), None)
    if found is None:
        raise NotThere(Text("%(name)s has no requirement %(key)r.", name=definition.name, key=key))
    return found


def is_reopened(application: Application, key: str, now: datetime) -> bool:
    """Whether a requirement may be handed in anew now, after the submission."""
    submitted = application.state in (State.SUBMITTED, State.IN_REVIEW)
    return submitted and any(key in one.requirements and now < one.until for one in application.reopened)


def to_hand_in(
    application: Application, definition: CredentialDefinition, key: str, now: datetime | None = None
) -> Requirement:
    """The requirement, if the applicant may hand in something for it (or take it back) now. Without `now`, only before
    the submission."""
    requirement = find(definition, key)
    if requirement.due == BEFORE:
        if now is None or not is_reopened(application, key, now):
            next_state(application.state, Action.HAND_IN)
    elif application.state in (State.STARTED, State.FEE_DUE, State.OPEN):
        raise _not_here(Text("%(name)s is asked for after the submission.", name=requirement.name))
    else:
        next_state(application.state, Action.SUPPLEMENT)
    if requirement.kind == "self_assessment":
        address = f"PUT /api/applications/{application.application_id}/self-assessment"
        raise _not_here(Text("Hand in %(name)s by %(address)s.", name=requirement.name, address=address))
    if not handed_in_here(requirement):
        raise _not_here(Text("%(name)s: %(how_else)s", name=requirement.name, how_else=how_else(requirement)))
    paths.check(application, requirement)
    return requirement


def _not_here(text: Text) -> WrongState:
    return WrongState(text, type="not_handed_in_here")


def handed_in_here(requirement: Requirement) -> bool:
    """Whether an applicant meets it with a text, a link or files."""
    return requirement.kind in TEXT_KINDS | FILE_KINDS


def how_else(requirement: Requirement) -> Text:
    """How a requirement is met that is not `handed_in_here`."""
    if requirement.kind == LETTER:
        return Text("it is written by a third party: ask for it by POST /api/applications/{id}/letter-requests.")
    return Text("materials of kind %(kind)r cannot be handed in here.", kind=requirement.kind)


def check_text(requirement: Requirement, text: str) -> int:
    """The number of words of a text. Refuses a requirement that takes no text, and a text outside its limits."""
    if requirement.kind not in TEXT_KINDS | {"artifacts", LETTER}:
        raise Invalid(Fault("text", _forms(requirement)), text=Text("%(name)s is not a text.", name=requirement.name))
    counted = words.count(text)
    if counted == 0:
        raise Invalid(Fault("text", Text("write at least one word")), text=Text("There is no text."))
    if requirement.kind == "artifacts":  # its limit of words is that of the annotation
        return counted
    within("text", WORDS, counted, requirement.limits.min_words, requirement.limits.max_words)
    return counted


def check_link(requirement: Requirement, minutes: float) -> None:
    """Refuses a requirement that takes no link, and a length outside its limits."""
    if requirement.kind not in LINK_KINDS:
        raise Invalid(Fault("url", _forms(requirement)), text=Text("%(name)s is not a link.", name=requirement.name))
    within("minutes", MINUTES, minutes, requirement.limits.min_minutes, requirement.limits.max_minutes)


def max_bytes(requirement: Requirement) -> int:
    """The most bytes that a file for it may have. Refuses a requirement that takes no file."""
    if requirement.kind not in FILE_KINDS | {LETTER}:
        raise Invalid(Fault("file", _forms(requirement)), text=Text("%(name)s is not a file.", name=requirement.name))
    return requirement.limits.max_bytes or DEFAULT_MAX_BYTES


def too_large(requirement: Requirement) -> TooLarge:
    """The refusal of a file larger than `max_bytes`."""
    largest = said(max_bytes(requirement))
    return TooLarge(
        Text("%(name)s takes at most %(most)s.", name=requirement.name, most=largest),
        title=Text("The file is too large"),
        faults=[Fault("file", Text("at most %(most)s", most=largest))],
    )


def check_file(requirement: Requirement, found: str, size: int, filename: str | None = None) -> None:
    """Refuses an empty file, a file whose name claims another kind than its content, and a kind that the requirement
    does not take.

    `found` is the file's kind by its content (`domain.sniffing`).
    """
    if size == 0 or found == media.EMPTY:
        raise Invalid(Fault("file", Text("choose a file that has content")), text=Text("The file is empty."))
    allowed = requirement.limits.media_types
    claims, takes = media.claimed(filename), media.listed(allowed)
    kind, remedy = media.words(found, allowed), media.remedy(found, allowed)
    if media.contradicts(claims, found):
        if media.fits(found, allowed):
            remedy = Text("If it is the right file, give its name the ending %(ending)s.", ending=extension(found))
        text = Text(
            "By its name the file is %(claimed)s; by its content it is %(kind)s. %(remedy)s",
            claimed=media.of_a_name(claims),
            kind=kind,
            remedy=remedy or ANOTHER_FILE,
        )
        raise _wrong_kind(
            text, Text("must be what its name says; %(name)s takes %(kinds)s", name=requirement.name, kinds=takes)
        )
    if not media.fits(found, allowed):
        text = Text(
            "%(name)s takes %(kinds)s; by its content this is %(kind)s.", name=requirement.name, kinds=takes, kind=kind
        )
        whole = text if remedy is None else Text("%(found)s %(remedy)s", found=text, remedy=remedy)
        raise _wrong_kind(whole, Text("must be %(kinds)s", kinds=takes))


def _wrong_kind(text: Text, fault: Text) -> WrongMediaType:
    title = Text("This kind of file is not taken here")
    return WrongMediaType(text, type="wrong_media_type", title=title, faults=[Fault("file", fault)])


def check_annotation(
    requirement: Requirement, annotation: str | None, items: Sequence[str], definition: CredentialDefinition
) -> None:
    """Refuses items that the credential does not have, an annotation outside the limits, and both on anything except an
    artifact."""
    if requirement.kind != "artifacts":
        if annotation is not None or items:
            raise Invalid(
                Fault("annotation" if annotation else "items", Text("leave it out")),
                text=Text("%(name)s takes no annotation.", name=requirement.name),
            )
        return
    known = [item.key for item in definition.items]
    unknown = [item for item in items if item not in known]
    if unknown:
        raise Invalid(
            Fault("items", Text("some of %(items)s", items=", ".join(known))),
            text=Text("There is no item %(item)r.", item=unknown[0]),
        )
    if annotation is not None or requirement.limits.min_words:
        within(
            "annotation",
            WORDS,
            words.count(annotation or ""),
            requirement.limits.min_words,
            requirement.limits.max_words,
        )


def replaced_by(requirement: Requirement, handed: Sequence[Handed]) -> tuple[Handed, ...]:
    """What a new material for the requirement replaces: nothing for artifacts, because there are several."""
    return () if requirement.kind == "artifacts" else tuple(one for one in handed if one.requirement == requirement.key)


def to_take_back(handed: Sequence[Handed], key: str, artifact_id: UUID | None) -> tuple[Handed, ...]:
    """What is deleted when the applicant takes back a requirement or one artifact. Refuses if there is nothing."""
    going = tuple(one for one in handed if one.requirement == key and artifact_id in (None, one.artifact_id))
    if not going:
        raise NotThere(Text("This material does not exist, or it was taken back."))
    return going


def check_with_panel(requirement: Requirement) -> None:
    """Refuses to change a material that was handed in after the submission: the panel has it at once."""
    if requirement.due != BEFORE:
        raise WrongState(
            Text("The panel has %(name)s already, so it cannot be changed any more.", name=requirement.name),
            type="with_the_panel",
        )


def check_count(requirement: Requirement, handed: Sequence[Handed]) -> None:
    """Refuses more artifacts than the requirement takes, and a replacement of what the panel has."""
    most = requirement.limits.max_count
    already = sum(1 for one in handed if one.requirement == requirement.key)
    if already and requirement.kind != "artifacts":
        check_with_panel(requirement)
    if requirement.kind == "artifacts" and most is not None and already >= most:
        raise WrongState(
            Text(
                "%(name)s takes at most %(most)s; remove one before you add another.", name=requirement.name, most=most
            ),
            type="too_many",
        )


def _forms(requirement: Requirement) -> Text:
    forms = [
        *(["JSON {text}"] if requirement.kind in TEXT_KINDS | {LETTER} else []),
        *(["JSON {url, minutes}"] if requirement.kind in LINK_KINDS else []),
        *(["JSON {text} or {url}"] if requirement.kind == "artifacts" else []),
        *(["multipart file"] if requirement.kind in FILE_KINDS | {LETTER} else []),
    ]
    return Text("%(name)s takes %(forms)s", name=requirement.name, forms=" or ".join(forms))


def within(field: str, unit: Text, value: float, least: int | None, most: int | None) -> None:
    """Refuses a value outside of its limits."""
    has = int(value) if value == int(value) else value  # not rounded: 20.0000001 is more than 20
    if least is not None and value < least:
        raise Invalid(
            Fault(field, Text("at least %(least)s %(unit)s; this has %(has)s", least=least, unit=unit, has=has)),
            text=Text("That is too short: %(has)s %(unit)s.", has=has, unit=unit),
        )
    if most is not None and value > most:
        raise Invalid(
            Fault(field, Text("at most %(most)s %(unit)s; this has %(has)s", most=most, unit=unit, has=has)),
            text=Text("That is too long: %(has)s %(unit)s.", has=has, unit=unit),
        )
