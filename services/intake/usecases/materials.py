"""Handing in and taking back: decided on the application as it was read, written if it still is so.

The content lies in the object store before any of this: `check` says beforehand whether it is worth putting there.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Tx
from contracts.catalog import CredentialDefinition, Requirement
from services.intake.domain import assessment, materials
from services.intake.domain.applications import Application
from services.intake.domain.materials import Handed
from services.intake.domain.refusals import NotThere
from services.intake.store import materials as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.applications import read, settle


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that something may be handed in for, while the application is at this version."""

    requirement: Requirement
    definition: CredentialDefinition
    version: int


async def check(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str) -> Wanted:
    """The requirement, if this person may hand something in for it now."""
    return _wanted(await read(tx, definitions, application_id, person_id), key)


async def hand_in(tx: Tx, application_id: UUID, wanted: Wanted, handed: Handed) -> bool:
    """Keep a material that was checked, in one statement: one more artifact, or in the place of what was handed in before.

    False, and nothing kept, if the application changed since: then `hand_in_again`.
    """
    return await store.put(tx, application_id, wanted.version, handed)


async def hand_in_again(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, handed: Handed) -> None:
    """Check once more, and keep the material."""

    async def act(loaded: Loaded) -> bool:
        return await hand_in(tx, application_id, _wanted(loaded, handed.requirement), handed)

    await settle(tx, definitions, application_id, person_id, act, locked=True)


def _wanted(loaded: Loaded, key: str) -> Wanted:
    requirement = materials.to_hand_in(loaded.application, loaded.definition, key)
    if requirement.kind == "artifacts":
        materials.check_count(requirement, sum(1 for handed in loaded.handed if handed.requirement == key))
    return Wanted(requirement, loaded.definition, loaded.application.version)


async def take_back(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, artifact_id: UUID | None) -> None:
    """Remove what was handed in for a requirement, or one artifact of it."""

    async def act(loaded: Loaded) -> bool:
        materials.to_hand_in(loaded.application, loaded.definition, key)
        gone = await store.take_back(tx, application_id, loaded.application.version, key, artifact_id)
        if gone == 0:
            raise NotThere("Nothing like that was handed in.")
        return gone is not None

    await settle(tx, definitions, application_id, person_id, act)


@dataclass(frozen=True, slots=True)
class Assessed:
    """An application with the ratings that it has once they are kept, and the requirement that they meet."""

    application: Application
    definition: CredentialDefinition
    requirement: Requirement


async def check_ratings(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, ratings: dict[str, int]) -> Assessed:
    """What these ratings, if they may be given now, make of the application."""
    return _assessed(await read(tx, definitions, application_id, person_id), ratings)


async def assess(tx: Tx, application_id: UUID, assessed: Assessed, handed: Handed) -> bool:
    """Keep ratings that were checked, and the object that shows them to the panel, in one statement.

    False, and nothing kept, if the application changed since: then `assess_again`.
    """
    return await store.put(tx, application_id, assessed.application.version, handed, assessed.application.ratings)


async def assess_again(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, ratings: dict[str, int], handed: Handed) -> None:
    """Check once more, and keep the ratings."""

    async def act(loaded: Loaded) -> bool:
        return await assess(tx, application_id, _assessed(loaded, ratings), handed)

    await settle(tx, definitions, application_id, person_id, act, locked=True)


def _assessed(loaded: Loaded, ratings: dict[str, int]) -> Assessed:
    application = assessment.assess(loaded.application, ratings, loaded.definition)
    return Assessed(application, loaded.definition, assessment.requirement(loaded.definition))
