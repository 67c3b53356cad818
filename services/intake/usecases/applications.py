"""The applicant's commands, except the beginning, materials, self-assessment and submission. If a function loads both,
it loads the person before the application."""

from dataclasses import replace
from uuid import UUID

from chassis.database.transaction import Tx
from contracts import editions
from contracts.claims import ObjectClaim
from services.intake.domain import applications, people
from services.intake.domain.applications import BasicInformation
from services.intake.domain.terms import check_in_time
from services.intake.store import applications as store
from services.intake.store import people as people_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.people import find
from services.intake.usecases.terms import end_renewal


async def describe(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    basic: BasicInformation,
    seen: frozenset[str] | None = None,
) -> Loaded:
    """Take the basic information. A part of it belongs to the person; all of it stays with the application.

    `seen`: the editions of it that the person saw (`domain.editions`).
    """
    person = await find(tx, person_id)
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    described = people.describe(person, name=basic.name, institution=basic.institution, time_zone=basic.time_zone)
    after, events = applications.describe(
        loaded.application, basic, loaded.definition, person_version=described.version, now=tx.now
    )
    editions.check(seen, applications.basic_kept(loaded.application), applications.basic_kept(after))
    await people_store.save(tx, person, described)
    await store.save(tx, loaded.application, after, events)
    return replace(loaded, application=after)


async def accept_agreement(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, version: str
) -> Loaded:
    """Accept the agreement of the application's version."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after, events = applications.accept_agreement(
        loaded.application, version, loaded.definition, person_version=loaded.person_version, now=tx.now
    )
    await store.save(tx, loaded.application, after, events)
    return replace(loaded, application=after)


async def choose_path(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    path: str,
    answer: str | None,
    seen: frozenset[str] | None = None,
) -> Loaded:
    """Choose one of the paths. `seen`: the editions of the choice that the person saw (`domain.editions`)."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    check_in_time(loaded.application, loaded.term, tx.now)
    after = applications.choose_path(loaded.application, path, answer, loaded.definition)
    editions.check(seen, applications.path_kept(loaded.application), applications.path_kept(after))
    await store.save(tx, loaded.application, after)
    return replace(loaded, application=after)


async def withdraw(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, reason: ObjectClaim | None
) -> Loaded:
    """Withdraw the application."""
    loaded = await store.load_own(tx, definitions, application_id, person_id)
    after, events = applications.withdraw(loaded.application, reason, now=tx.now)
    await store.save(tx, loaded.application, after, events)
    return await end_renewal(tx, loaded, after)
