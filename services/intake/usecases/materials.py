"""Handing in and taking back.

The content is put into the store before it is handed in. `check` says before that whether it can be handed in.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition, Requirement
from contracts.claims import ObjectClaim
from contracts.event import Event
from services.intake.domain import drafts, materials, quota, reopening, submission
from services.intake.domain.applications import Application
from services.intake.domain.drafts import Draft
from services.intake.domain.materials import Handed
from services.intake.domain.quota import Held, Room
from services.intake.domain.terms import check_in_time
from services.intake.store import applications as applications_store
from services.intake.store import drafts as drafts_store
from services.intake.store import materials as store
from services.intake.store.catalog import Definitions

Replaced = tuple[ObjectClaim, ...]
"""The objects that no row names any more."""


@dataclass(frozen=True, slots=True)
class ToHandIn:
    """A requirement for which something may be handed in: what it would replace, and the room for it."""

    requirement: Requirement
    application: Application
    definition: CredentialDefinition
    replaces: tuple[Handed, ...]
    room: Room
    there: tuple[Handed, ...] = ()
    drafts: tuple[Draft, ...] = ()


async def check(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, most_bytes: int
) -> ToHandIn:
    """The requirement, if this person may hand something in for it now.

    `most_bytes` is what one application may hold. A draft of the requirement takes no room: it usually goes with what
    is handed in.
    """
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    requirement = materials.to_hand_in(loaded.application, loaded.definition, key, tx.now)
    materials.check_count(requirement, loaded.handed)
    replaces = materials.replaced_by(requirement, loaded.handed)
    own = drafts.find(loaded.drafts, key)
    room = quota.room((*loaded.handed, *loaded.drafts), replaces if own is None else (*replaces, own), most_bytes)
    return ToHandIn(requirement, loaded.application, loaded.definition, replaces, room, loaded.handed, loaded.drafts)


async def hand_in(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    handed: Handed,
    most_bytes: int,
    based_on: Collection[str] | None = None,
    seen: frozenset[str] | None = None,
) -> Replaced:
    """Save a material: an artifact is added, anything else replaces what was handed in before. Returns what was
    replaced, and its draft.

    `based_on`: as for `materials.check_basis`. `seen`: for clients that see drafts, as for `drafts.check`. A draft is
    deleted when its text is handed in. A draft with other words that the author did not see stays. Raises
    ChangedMeanwhile.
    """
    wanted = await check(tx, definitions, application_id, person_id, handed.requirement, most_bytes)
    requirement = wanted.requirement
    draft = drafts.find(wanted.drafts, requirement.key) if requirement.kind in drafts.DRAFTED_KINDS else None
    materials.check_basis(requirement, wanted.replaces, based_on, handed)
    if requirement.kind != "artifacts":  # each artifact is added, so nothing is overwritten
        drafts.check(requirement, wanted.replaces, draft, seen, handed.content)
    written = handed.annotation if requirement.kind == "artifacts" else handed.content
    was_seen = seen is not None and drafts.tag(requirement, wanted.replaces, draft) in seen
    gone = drafts.goes_with(draft, written, was_seen=was_seen)
    replaced: tuple[Held, ...] = wanted.replaces if gone is None else (*wanted.replaces, gone)
    quota.room((*wanted.there, *wanted.drafts), replaced, most_bytes).take(handed)
    application, says = wanted.application, tuple[Event, ...]()
    if requirement.due != materials.BEFORE:
        application, says = submission.supplement(application, handed, now=tx.now)
    else:
        left = [one for one in wanted.there if one not in wanted.replaces]
        says = reopening.amended(application, requirement, [*left, handed])
    await store.put(tx, application, handed, says)
    went = await _gone(tx, wanted.application, wanted.replaces, says)
    if gone is None:
        return went
    await drafts_store.remove(tx, application_id, gone)
    return (*went, gone.content)


async def take_back(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    key: str,
    artifact_id: UUID | None,
    based_on: Collection[str] | None = None,
) -> Replaced:
    """Remove what was handed in for a requirement, or one artifact of it. Returns what was removed."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    requirement = materials.to_hand_in(loaded.application, loaded.definition, key, tx.now)
    materials.check_with_panel(requirement)
    going = materials.to_take_back(loaded.handed, key, artifact_id)
    if artifact_id is None:
        materials.check_basis(requirement, going, based_on)
    left = [one for one in loaded.handed if one not in going]
    says = reopening.amended(loaded.application, requirement, left)
    if says:
        reopening.check_still_whole(requirement, left)
    await store.take_back(tx, loaded.application, key, artifact_id, says)
    return await _gone(tx, loaded.application, going, says)


async def _gone(tx: Tx, application: Application, replaced: Iterable[Handed], says: Sequence[Event]) -> Replaced:
    """The objects that may be deleted at once. The panel may be reading the others at this moment; the sweep deletes
    them later."""
    return () if says else await unnamed(tx, application, replaced)


async def unnamed(tx: Tx, application: Application, handed: Iterable[Handed]) -> Replaced:
    """The removed objects that no row names any more. A later attempt shares the objects that it took over."""
    claims = tuple(claim for one in handed for claim in (one.content, one.annotation) if claim is not None)
    if application.attempt == 1 or not claims:
        return claims
    left = set(await store.unnamed(tx, [claim.name for claim in claims]))
    return tuple(claim for claim in claims if claim.name in left)
