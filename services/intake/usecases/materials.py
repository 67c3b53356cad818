"""Handing in and taking back, under the lock of the application's row.

The content lies in the object store before any of this: `check` says beforehand whether it is worth putting there.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.transaction import Tx
from contracts.catalog import CredentialDefinition, Requirement
from services.intake.domain import assessment, materials
from services.intake.domain.materials import Handed
from services.intake.domain.refusals import NotThere
from services.intake.store import applications as application_store
from services.intake.store import materials as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.applications import read, unknown


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that something may be handed in for now."""

    requirement: Requirement
    definition: CredentialDefinition


async def check(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str) -> Wanted:
    """The requirement, if this person may hand something in for it now. Refuses early; `hand_in` decides."""
    loaded = await read(tx, definitions, application_id, person_id)
    requirement = materials.to_hand_in(loaded.application, loaded.definition, key)
    if requirement.kind == "artifacts":
        materials.check_count(requirement, sum(1 for handed in loaded.handed if handed.requirement == key))
    return Wanted(requirement, loaded.definition)


async def hand_in(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, handed: Handed) -> None:
    """Keep a material: one more artifact, or in the place of what was handed in before."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    requirement = materials.to_hand_in(loaded.application, loaded.definition, handed.requirement)
    if requirement.kind == "artifacts":
        materials.check_count(requirement, await store.count(tx, application_id, requirement.key))
    await store.put(tx, application_id, handed)


async def take_back(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, artifact_id: UUID | None) -> None:
    """Remove what was handed in for a requirement, or one artifact of it."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    materials.to_hand_in(loaded.application, loaded.definition, key)
    if not await store.take_back(tx, application_id, key, artifact_id):
        raise NotThere("Nothing like that was handed in.")


async def check_ratings(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, ratings: dict[str, int]) -> Wanted:
    """The self-assessment's requirement, if these ratings may be given now. Refuses early; `assess` decides."""
    loaded = await read(tx, definitions, application_id, person_id)
    assessment.assess(loaded.application, ratings, loaded.definition)
    return Wanted(assessment.requirement(loaded.definition), loaded.definition)


async def assess(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, ratings: dict[str, int], handed: Handed) -> Loaded:
    """Keep the ratings, and the object that shows them to the panel."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    assessed = assessment.assess(loaded.application, ratings, loaded.definition)
    if assessed != loaded.application:
        await application_store.save(tx, assessed)
    await store.put(tx, application_id, handed)
    return replace(loaded, application=assessed)


async def _lock(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    loaded = await application_store.lock_own(tx, definitions, application_id, person_id)
    if loaded is None:
        raise unknown(application_id)
    return loaded
