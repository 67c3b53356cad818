"""What clients see of what `intake` keeps (API.md): plain dictionaries. No object's name and no internal version is in
any of them."""

import asyncio
from typing import Any

from chassis.objects import ObjectStore
from chassis.showing import TEXTS, Reading, read_json, read_text, text_of
from contracts.catalog import CredentialDefinition, Requirement
from services.intake.domain import assessment, materials, submission
from services.intake.domain.applications import Application, Decision
from services.intake.domain.materials import Handed
from services.intake.domain.people import Person
from services.intake.store.applications import Loaded

View = dict[str, Any]


def credential(definition: CredentialDefinition) -> View:
    """A version of a credential as the public catalog shows it."""
    whole = definition.model_dump(mode="json", exclude_none=True, exclude={"review"})
    whole["requirements"] = [_asked(requirement) for requirement in definition.requirements]
    return whole


def _asked(requirement: Requirement) -> View:
    return _without_nothing(
        {
            "key": requirement.key,
            "kind": requirement.kind,
            "name": requirement.name,
            "description": requirement.description,
            "required": requirement.required,
            "due": requirement.due,
            "limits": requirement.limits.model_dump(mode="json", exclude_none=True),
            "path": requirement.path,
        }
    )


def person(found: Person) -> View:
    """A person, to themselves and to administrators."""
    return {
        "person_id": str(found.person_id),
        "kind": found.kind,
        "name": found.name,
        "email": found.email,
        "institution": found.institution,
        "roles": list(found.roles),
        "time_zone": found.time_zone,
    }


async def application(loaded: Loaded, objects: ObjectStore) -> View:
    """An application, to whom it belongs; the letter and the feedback of a decision are read from the object store."""
    found, definition = loaded.application, loaded.definition
    return _without_nothing(
        {
            "application_id": str(found.application_id),
            "credential": found.credential,
            "version": found.credential_version,
            "attempt": found.attempt,
            "state": found.state.value,
            "fee": found.fee.model_dump(),
            "started_at": loaded.started_at,
            "basic_information": found.basic,
            "agreement": _without_nothing(
                {
                    "version": definition.agreement.version,
                    "text": definition.agreement.text,
                    "accepted_at": found.agreement_accepted_at,
                }
            ),
            "paths": _paths(found, definition),
            "requirements": [_required(loaded, requirement) for requirement in materials.applying(found, definition)],
            "carried_forward": [item.model_dump() for item in found.carried_forward],
            "self_assessment": None
            if found.ratings is None
            else assessed(found, definition) | {"ratings": found.ratings},
            "timeline": list(found.timeline),
            "on_hold": None if found.on_hold is None else {"reason": found.on_hold},
            "decision": None if found.decision is None else await _decision(found, found.decision, objects),
            "badge_url": found.badge_url,
        }
    )


def _paths(found: Application, definition: CredentialDefinition) -> View | None:
    if definition.paths is None:
        return None
    shown = definition.paths.model_dump(mode="json")
    return shown | _without_nothing({"chosen": found.path, "answer": found.path_answer})


def _required(loaded: Loaded, requirement: Requirement) -> View:
    lacking = submission.lacking(loaded.application, loaded.definition, requirement, loaded.handed)
    shown = _asked(requirement) | {"done": lacking is None}
    if lacking is not None:
        shown["missing"] = str(lacking)
    handed = [material(one) for one in loaded.handed if one.requirement == requirement.key]
    return shown | ({"materials": handed} if handed else {})


def material(handed: Handed) -> View:
    """A material without its content."""
    return _without_nothing(
        {
            "requirement": handed.requirement,
            "kind": handed.kind,
            "artifact_id": None if handed.artifact_id is None else str(handed.artifact_id),
            "media_type": handed.content.media_type,
            "size": handed.content.size,
            "words": handed.words,
            "minutes": handed.minutes,
            "items": list(handed.items) or None,
            "handed_in_at": handed.handed_in_at,
        }
    )


def assessed(found: Application, definition: CredentialDefinition) -> View:
    """The gaps that a self-assessment shows, and the resources mapped to them."""
    gaps = assessment.gaps(found.ratings or {}, definition)
    return {
        "gaps": list(gaps),
        "resources": [
            one.resource.model_dump(mode="json", exclude_none=True) | {"gaps": list(one.gaps)}
            for one in assessment.recommend(gaps, definition)
        ],
    }


async def _decision(found: Application, decision: Decision, objects: ObjectStore) -> View:
    """What was decided. Where letter or feedback cannot be read, words stand in the place of each text, and
    `unreadable` says them too.
    """
    ids = {"application_id": found.application_id, "decision_id": decision.decision_id}
    letter, feedback = await asyncio.gather(
        read_text(objects, decision.letter, **ids), read_json(objects, decision.feedback, TEXTS, **ids)
    )
    texts = feedback.value or {}
    return {
        "outcome": decision.outcome,
        "letter": text_of(letter),
        "feedback": {
            item.item: {"level": item.level, "text": feedback.words or texts.get(item.item)} for item in decision.items
        },
        **unreadable(letter, feedback),
    }


def unreadable(*readings: Reading[Any]) -> View:
    """`unreadable`: in words, why something here is not what was written; nothing where all of it is."""
    words = next((reading.words for reading in readings if reading.words), None)
    return {} if words is None else {"unreadable": words}


def _without_nothing(view: View) -> View:
    return {key: value for key, value in view.items() if value is not None}
