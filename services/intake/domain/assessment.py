"""The self-assessment: ratings from 1 to 5, the gaps that they show, and the resources mapped to the gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.catalog import CredentialDefinition, Requirement, Resource
from contracts.refusals import Fault, Invalid, NotThere, Text
from services.intake.domain.applications import Application
from services.intake.domain.states import Action, next_state

LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A resource, and the gaps to which it is mapped."""

    resource: Resource
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """An assessment as the applicant gave it, and its time."""

    ratings: Mapping[str, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """The first and the last rating of an item. They are equal if it was rated once."""

    item: str
    first: int
    last: int


def change(given: Sequence[Given], definition: CredentialDefinition) -> tuple[Step, ...]:
    """The change over several assessments (the latest first): each item that the latest rates, with its first
    rating."""
    if not given:
        return ()
    latest = given[0].ratings
    return tuple(
        Step(
            item.key,
            next(one.ratings[item.key] for one in reversed(given) if item.key in one.ratings),
            latest[item.key],
        )
        for item in definition.items
        if item.key in latest
    )


def requirement(definition: CredentialDefinition) -> Requirement:
    """The requirement of kind `self_assessment`."""
    found = next(
        (requirement for requirement in definition.requirements if requirement.kind == "self_assessment"), None
    )
    if found is None:
        raise NotThere(Text("%(name)s asks for no self-assessment.", name=definition.name))
    return found


def assess(application: Application, ratings: Mapping[str, int], definition: CredentialDefinition) -> Application:
    """Keep the ratings. Not every item must be rated yet; the submission asks for the missing ones."""
    state = next_state(application.state, Action.ASSESS)
    items = [item.key for item in definition.items]
    faults = [
        Fault(f"ratings.{key}", Text("no such item; the items are %(items)s", items=", ".join(items)))
        for key in ratings
        if key not in items
    ]
    faults += [
        Fault(f"ratings.{key}", Text("a whole number from %(lowest)s to %(highest)s", lowest=LOWEST, highest=HIGHEST))
        for key, rating in ratings.items()
        if key in items and not LOWEST <= rating <= HIGHEST
    ]
    if not ratings:
        faults.append(Fault("ratings", Text("rate at least one item")))
    if faults:
        raise Invalid(*faults, text=Text("The ratings do not fit this credential."))
    return replace(application, state=state, ratings={key: ratings[key] for key in items if key in ratings})


def unrated(application: Application, definition: CredentialDefinition) -> tuple[str, ...]:
    """The items that have no rating yet, in the order of the credential."""
    ratings = application.ratings or {}
    return tuple(item.key for item in definition.items if item.key not in ratings)


def gaps(ratings: Mapping[str, int], definition: CredentialDefinition) -> tuple[str, ...]:
    """The items rated at or below the credential's `gap_at_most`, in the order of the credential."""
    return tuple(
        item.key for item in definition.items if item.key in ratings and ratings[item.key] <= definition.gap_at_most
    )


def recommend(found: tuple[str, ...], definition: CredentialDefinition) -> tuple[Recommendation, ...]:
    """The resources mapped to any of the gaps, in the order of the credential."""
    mapped = ((resource, tuple(gap for gap in found if gap in resource.items)) for resource in definition.resources)
    return tuple(Recommendation(resource, covered) for resource, covered in mapped if covered)
