"""Handing in and taking back: decided on the application as it was read, written if it still is so.

The content lies in the object store before any of this: `check` says beforehand whether it is worth putting there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition, Requirement
from contracts.claims import ObjectClaim
from services.intake.domain import assessment, materials, quota
from services.intake.domain.applications import Application
from services.intake.domain.materials import Handed
from services.intake.domain.quota import Room
from services.intake.domain.refusals import NotThere
from services.intake.store import materials as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.applications import read, settle

Replaced = tuple[ObjectClaim, ...]
"""The objects that no row names any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that something may be handed in for, while the application is at this version: what it would
    replace, and the room for it.
    """

    requirement: Requirement
    definition: CredentialDefinition
    version: int
    replaces: tuple[Handed, ...]
    room: Room


async def check(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, most_bytes: int
) -> Wanted:
    """The requirement, if this person may hand something in for it now.

    `most_bytes` is what one application may hold.
    """
    return _wanted(await read(tx, definitions, application_id, person_id), key, most_bytes)


async def hand_in(tx: Tx, application_id: UUID, wanted: Wanted, handed: Handed) -> Replaced | None:
    """Keep a material that was checked, in one statement: one more artifact, or in the place of what was handed in
    before, which is returned.

    None, and nothing kept, if the application changed since: then `hand_in_again`. Raises OverQuota.
    """
    field = "text" if handed.words is not None else "url" if handed.minutes is not None else "file"
    wanted.room.check(quota.size(handed), field)
    kept = await store.put(tx, application_id, wanted.version, handed)
    return claims_of(wanted.replaces) if kept else None


async def hand_in_again(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, handed: Handed, most_bytes: int
) -> Replaced:
    """Check once more, and keep the material; returns what it replaced."""
    replaced: list[ObjectClaim] = []

    async def act(loaded: Loaded) -> bool:
        gone = await hand_in(tx, application_id, _wanted(loaded, handed.requirement, most_bytes), handed)
        replaced.extend(gone or ())
        return gone is not None

    await settle(tx, definitions, application_id, person_id, act, locked=True)
    return tuple(replaced)


def _wanted(loaded: Loaded, key: str, most_bytes: int) -> Wanted:
    requirement = materials.to_hand_in(loaded.application, loaded.definition, key)
    if requirement.kind == "artifacts":
        materials.check_count(requirement, sum(1 for handed in loaded.handed if handed.requirement == key))
    replaces = materials.replaced_by(requirement, loaded.handed)
    room = quota.room(loaded.handed, replaces, most_bytes)
    return Wanted(requirement, loaded.definition, loaded.application.version, replaces, room)


async def take_back(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, artifact_id: UUID | None
) -> Replaced:
    """Remove what was handed in for a requirement, or one artifact of it; returns what went."""
    went: list[ObjectClaim] = []

    async def act(loaded: Loaded) -> bool:
        materials.to_hand_in(loaded.application, loaded.definition, key)
        going = [one for one in loaded.handed if one.requirement == key and artifact_id in (None, one.artifact_id)]
        if not going:
            raise NotThere("Nothing like that was handed in.")
        if not await store.take_back(tx, application_id, loaded.application.version, key, artifact_id):
            return False
        went.extend(claims_of(going))
        return True

    await settle(tx, definitions, application_id, person_id, act)
    return tuple(went)


def claims_of(handed: Iterable[Handed]) -> Replaced:
    """The objects of these materials."""
    return tuple(claim for one in handed for claim in (one.content, one.annotation) if claim is not None)


@dataclass(frozen=True, slots=True)
class Assessed:
    """An application with the ratings that it has once they are kept, and the requirement that they meet."""

    application: Application
    definition: CredentialDefinition
    requirement: Requirement
    replaces: tuple[Handed, ...]


async def check_ratings(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, ratings: dict[str, int]
) -> Assessed:
    """What these ratings, if they may be given now, make of the application."""
    return _assessed(await read(tx, definitions, application_id, person_id), ratings)


async def assess(tx: Tx, application_id: UUID, assessed: Assessed, handed: Handed) -> Replaced | None:
    """Keep ratings that were checked, and the object that shows them to the panel, in one statement; returns what they
    replaced.

    None, and nothing kept, if the application changed since: then `assess_again`.
    """
    kept = await store.put(tx, application_id, assessed.application.version, handed, assessed.application.ratings)
    return claims_of(assessed.replaces) if kept else None


async def assess_again(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, ratings: dict[str, int], handed: Handed
) -> Replaced:
    """Check once more, and keep the ratings; returns what they replaced."""
    replaced: list[ObjectClaim] = []

    async def act(loaded: Loaded) -> bool:
        gone = await assess(tx, application_id, _assessed(loaded, ratings), handed)
        replaced.extend(gone or ())
        return gone is not None

    await settle(tx, definitions, application_id, person_id, act, locked=True)
    return tuple(replaced)


def _assessed(loaded: Loaded, ratings: dict[str, int]) -> Assessed:
    application = assessment.assess(loaded.application, ratings, loaded.definition)
    requirement = assessment.requirement(loaded.definition)
    return Assessed(application, loaded.definition, requirement, materials.replaced_by(requirement, loaded.handed))
