"""The self-assessment: ratings, and the object that shows them to the panel.

The object lies in the store before the ratings are kept. `check` says beforehand whether it is worth putting there.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain import assessment, editions, materials
from services.intake.domain.materials import Handed
from services.intake.domain.terms import check_in_time
from services.intake.store import applications as store
from services.intake.store import materials as materials_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.materials import Replaced, claims_of


@dataclass(frozen=True, slots=True)
class Assessed:
    """An application with its new ratings, and the objects of those that they replaced."""

    loaded: Loaded
    replaced: Replaced


async def check(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    ratings: dict[str, int],
    seen: frozenset[str] | None = None,
) -> Loaded:
    """The application as these ratings, if they may be given now, make it.

    `seen`: the editions that the person saw of them (`domain.editions`).
    """
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after = assessment.assess(loaded.application, ratings, loaded.definition)
    editions.check(seen, loaded.application.ratings, after.ratings)
    return replace(loaded, application=after)


async def assess(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    ratings: dict[str, int],
    content: ObjectClaim,
    seen: frozenset[str] | None = None,
) -> Assessed:
    """Keep the ratings, and `content`, which is the object of them. `seen`: as for `check`."""
    loaded = await check(tx, definitions, application_id, person_id, ratings, seen)
    requirement = assessment.requirement(loaded.definition)
    handed = Handed(requirement.key, requirement.kind, content, tx.now)
    await materials_store.put(tx, loaded.application, handed)
    return Assessed(loaded, claims_of(materials.replaced_by(requirement, loaded.handed)))
