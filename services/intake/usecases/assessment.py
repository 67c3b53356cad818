"""The self-assessment: the ratings with the time of each assessment, and the object that shows the last one.

The object is put into the store before the ratings are saved. `check` says before that whether the ratings can be
saved.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database.transaction import Tx
from contracts import editions
from contracts.claims import ObjectClaim
from services.intake.domain import assessment, materials
from services.intake.domain.materials import Handed
from services.intake.domain.terms import check_in_time
from services.intake.store import applications as store
from services.intake.store import assessments
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.materials import Replaced, unnamed


@dataclass(frozen=True, slots=True)
class Assessed:
    """An application with its new ratings, and the objects of the ratings that they replaced."""

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
    """The application with these ratings, if they may be given now.

    `seen`: the editions of them that the person saw (`domain.editions`).
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
    """Save the ratings, and `content`, their object. `seen`: as for `check`."""
    loaded = await check(tx, definitions, application_id, person_id, ratings, seen)
    requirement = assessment.requirement(loaded.definition)
    handed = Handed(requirement.key, requirement.kind, content, tx.now)
    await assessments.put(tx, loaded.application, handed)
    return Assessed(loaded, await unnamed(tx, loaded.application, materials.replaced_by(requirement, loaded.handed)))
