"""Moving a live application to another version of its credential, and back.

What the applicant entered is kept if a mapping says what it becomes. The rest is left behind, and comes back if the
move is undone. The fee stays as it was. A submitted application is never moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.catalog import CredentialDefinition, Requirement
from contracts.events.applications import ApplicationMoved, CarriedItem
from contracts.refusals import Fault, Invalid, Text
from services.intake.domain import move_beside
from services.intake.domain.applications import Application, note
from services.intake.domain.left_behind import is_left, prefix
from services.intake.domain.letters import State as Asked
from services.intake.domain.materials import Handed
from services.intake.domain.move_beside import Beside
from services.intake.domain.states import State
from services.intake.domain.submission import missing

MOVABLE = (State.STARTED, State.FEE_DUE, State.OPEN)
"""States in which an application may be moved."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The mapping of a move: requirements and items of one version, by key, to those of another."""

    requirements: Mapping[str, str]
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effect of a move on one application: the requirements (of the new version) that are kept, those (of the old
    one) that are left behind, and what is missing then before the submission.

    `letters_kept`, `letters_left`: the same of letters that somebody is asked for and has not answered. `plan`: how
    many entries the study plan has, all of which stay; `plan_loosened`: how many of them name an item or a resource
    that the new version does not have, and lose that name.
    """

    kept: tuple[str, ...]
    left: tuple[str, ...]
    missing: tuple[Fault, ...]
    letters_kept: tuple[str, ...] = ()
    letters_left: tuple[str, ...] = ()
    plan: int = 0
    plan_loosened: int = 0


def usual(before: CredentialDefinition, after: CredentialDefinition) -> Plan:
    """The mapping without a choice: each thing becomes the one with the same key and, for requirements, the same
    kind."""
    new = {one.key: one for one in after.requirements}
    items = {one.key for one in after.items}
    return Plan(
        {one.key: one.key for one in before.requirements if one.key in new and fits(one, new[one.key])},
        {one.key: one.key for one in before.items if one.key in items},
    )


def fits(one: Requirement, to: Requirement) -> bool:
    """Whether one requirement may become another one: of the same kind. A writer may have been told that the applicant
    cannot read the letter. Such a letter never becomes one that the applicant may read."""
    return one.kind == to.kind and (one.applicant_reads or not to.applicant_reads)


def check(plan: Plan, before: CredentialDefinition, after: CredentialDefinition) -> Plan:
    """The plan without what is left behind (an empty text). Refuses unknown keys, a requirement that becomes one that
    it does not fit (`fits`), and two that become the same one."""
    faults: list[Fault] = []
    old, new = ({one.key: one for one in found.requirements} for found in (before, after))
    whole = Plan(*({key: to for key, to in part.items() if to} for part in (plan.requirements, plan.items)))
    for key, to in whole.requirements.items():
        if key not in old or to not in new:
            faults.append(Fault(f"requirements.{key}", Text("there is no such requirement")))
        elif old[key].kind != new[to].kind:
            faults.append(Fault(f"requirements.{key}", Text("%(to)r is of another kind", to=to)))
        elif not fits(old[key], new[to]):
            unseen = Text("the applicant may read %(to)r, and who writes this letter is told that they may not", to=to)
            faults.append(Fault(f"requirements.{key}", unseen))
    items = [{one.key for one in found.items} for found in (before, after)]
    faults += [
        Fault(f"items.{key}", Text("there is no such item"))
        for key, to in whole.items.items()
        if key not in items[0] or to not in items[1]
    ]
    for name, part in (("requirements", whole.requirements), ("items", whole.items)):
        taken: set[str] = set()
        for key, to in part.items():
            if to in taken:
                faults.append(Fault(f"{name}.{key}", Text("another key becomes %(to)r already", to=to)))
            taken.add(to)
    if faults:
        raise Invalid(*faults)
    return whole


def moved(
    application: Application, before: CredentialDefinition, after: CredentialDefinition, plan: Plan
) -> Application:
    """The application on the other version. What depends on the version is carried over or removed."""
    same_agreement = application.agreement_version == after.agreement.version
    options = () if after.paths is None else after.paths.options
    keeps_path = any(one.key == application.path for one in options)
    ratings = application.ratings
    carried: tuple[CarriedItem, ...] = ()
    if before.rubric.version == after.rubric.version:
        carried = tuple(
            CarriedItem(item=plan.items[one.item], level=one.level)
            for one in application.carried_forward
            if one.item in plan.items
        )
    return replace(
        application,
        credential_version=after.version,
        agreement_version=application.agreement_version if same_agreement else None,
        agreement_accepted_at=application.agreement_accepted_at if same_agreement else None,
        path=application.path if keeps_path else None,
        path_answer=application.path_answer if keeps_path else None,
        ratings=None
        if ratings is None
        else {plan.items[key]: rating for key, rating in ratings.items() if key in plan.items},
        carried_forward=carried,
    )


def carry(handed: Sequence[Handed], plan: Plan, from_version: int) -> tuple[Handed, ...]:
    """The materials, each under the key that it becomes. Materials that are left behind get a key that no requirement
    has."""
    return tuple(
        one
        if is_left(one.requirement)
        else replace(
            one,
            requirement=plan.requirements.get(one.requirement, f"{prefix(from_version)}{one.requirement}"),
            items=tuple(plan.items[item] for item in one.items if item in plan.items),
        )
        for one in handed
    )


def outcome(
    application: Application,
    handed: Sequence[Handed],
    before: CredentialDefinition,
    after: CredentialDefinition,
    plan: Plan,
    beside: Beside,
) -> Outcome:
    """What the move would do."""
    there = {one.requirement for one in handed if not is_left(one.requirement)}
    asked = {one.requirement for one in beside.letters if one.state is Asked.ASKED and not is_left(one.requirement)}
    carried = move_beside.carry_plan(beside.study_plan, plan.items, after)
    return Outcome(
        kept=tuple(
            plan.requirements[one.key] for one in before.requirements if one.key in there & set(plan.requirements)
        ),
        left=tuple(one.key for one in before.requirements if one.key in there - set(plan.requirements)),
        missing=missing(moved(application, before, after, plan), after, carry(handed, plan, before.version)),
        letters_kept=tuple(
            plan.requirements[one.key] for one in before.requirements if one.key in asked & set(plan.requirements)
        ),
        letters_left=tuple(one.key for one in before.requirements if one.key in asked - set(plan.requirements)),
        plan=len(beside.study_plan),
        plan_loosened=move_beside.loosened(beside.study_plan, carried),
    )


def record(application: Application, handed: Sequence[Handed], beside: Beside) -> dict[str, Any]:
    """The parts of an application that depend on its version, kept so that the move can be undone."""
    return {
        **move_beside.record(beside),
        "version": application.credential_version,
        "agreement_version": application.agreement_version,
        "agreement_accepted_at": application.agreement_accepted_at and application.agreement_accepted_at.isoformat(),
        "path": application.path,
        "path_answer": application.path_answer,
        "ratings": application.ratings,
        "carried_forward": [one.model_dump() for one in application.carried_forward],
        "materials": [
            {
                "requirement": one.requirement,
                "artifact_id": None if one.artifact_id is None else str(one.artifact_id),
                "items": list(one.items),
                "content": one.content.name,
            }
            for one in handed
        ],
    }


def came_since(
    application: Application, handed: Sequence[Handed], beside: Beside, after: Mapping[str, Any]
) -> tuple[str, ...]:
    """What came after a move and would be lost by undoing it: requirements by key, or agreement, path, self-assessment;
    or that it was submitted, ended, or moved again. `after` is the record of the application just after the move."""
    if application.state not in MOVABLE:
        return (application.state.value,)
    now = record(application, handed, beside)
    if now["version"] != after["version"]:
        return ("moved again",)
    found = [
        name
        for name, key in (("agreement", "agreement_version"), ("path", "path"), ("self-assessment", "ratings"))
        if now[key] != after[key]
    ]
    then, here = (
        {(one["requirement"], one["artifact_id"]): one["content"] for one in part["materials"]} for part in (after, now)
    )
    changed = {key for key, _ in set(then.items()) ^ set(here.items())}
    requirements = {requirement for requirement, _ in changed} | move_beside.asked_since(beside, after)
    return (*found, *sorted(requirements))


def restored(application: Application, before: Mapping[str, Any]) -> Application:
    """The application on its former version, as a record describes it."""
    accepted = before["agreement_accepted_at"]
    return replace(
        application,
        credential_version=before["version"],
        agreement_version=before["agreement_version"],
        agreement_accepted_at=None if accepted is None else datetime.fromisoformat(accepted),
        path=before["path"],
        path_answer=before["path_answer"],
        ratings=before["ratings"],
        carried_forward=tuple(CarriedItem(**one) for one in before["carried_forward"]),
    )


def former_keys(handed: Sequence[Handed], before: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """For each material, the key and the items that it had before a move, by the record from then."""
    was = {one["content"]: (one["requirement"], one["items"]) for one in before["materials"]}
    return [was[one.content.name] for one in handed]


def told(
    application: Application, from_version: int, now: datetime, *, undone: bool
) -> tuple[Application, ApplicationMoved]:
    """A moved application with its line in the timeline, and the events to say."""
    noted = note(application, now, "moved_back" if undone else "moved")
    return noted, ApplicationMoved(
        application_id=application.application_id,
        person_id=application.person_id,
        credential=application.credential,
        credential_version=application.credential_version,
        from_version=from_version,
        undone=undone,
    )
