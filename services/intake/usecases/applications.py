"""The applicant's commands. Where both are locked, the person is locked before the application."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain import applications, materials
from services.intake.domain.applications import BasicInformation, Change
from services.intake.domain.refusals import NotThere, SecondLiveApplication
from services.intake.store import applications as store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.store.people import Raced
from services.intake.usecases import people


async def start(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, credential: str) -> Loaded:
    """Begin an application on the open version of a credential."""
    beginning = await store.beginning(tx, definitions, person_id, credential)
    if beginning is None:
        raise NotThere(f"There is no credential {credential!r}; GET /api/credentials lists them.")
    application, events = applications.start(
        application_id=application_id,
        person_id=person_id,
        person_version=beginning.person_version,
        definition=beginning.definition,
        earlier=beginning.earlier,
        now=tx.now,
    )
    if not await store.insert(tx, application, events):
        raise SecondLiveApplication(
            f"You have a live application for {beginning.definition.name} already. Go on with"
            " it, or withdraw it before you start another."
        )
    return Loaded(application, beginning.definition, beginning.person_version, tx.now)


async def begin(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, credential: str) -> UUID:
    """Begin an application, or find the one that is under way: the same wish twice leads to the same application."""
    live = await store.find_live(tx, person_id, credential)
    if live is not None:
        return live
    try:
        return (await start(tx, definitions, application_id, person_id, credential)).application.application_id
    except SecondLiveApplication:
        live = await store.find_live(tx, person_id, credential)
        if live is None:
            raise
        return live


async def describe(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, basic: BasicInformation
) -> Loaded:
    """Take the basic information: the person's part goes to the person, all of it stays with the application."""
    person = await people.describe(
        tx, person_id, name=basic.name, institution=basic.institution, time_zone=basic.time_zone
    )

    def decide(loaded: Loaded) -> Change:
        return applications.describe(loaded.application, basic, person_version=person.version, now=tx.now)

    return await _change(tx, definitions, application_id, person_id, decide)


async def accept_agreement(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, version: str
) -> Loaded:
    """Accept the agreement of the pinned version."""

    def decide(loaded: Loaded) -> Change:
        return applications.accept_agreement(
            loaded.application, version, loaded.definition, person_version=loaded.person_version, now=tx.now
        )

    return await _change(tx, definitions, application_id, person_id, decide)


async def choose_path(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, path: str, answer: str | None
) -> Loaded:
    """Choose one of the paths."""

    def decide(loaded: Loaded) -> Change:
        return applications.choose_path(loaded.application, path, answer, loaded.definition), ()

    return await _change(tx, definitions, application_id, person_id, decide)


async def submit(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """Hand it to the panel, with claims of all that counts."""

    def decide(loaded: Loaded) -> Change:
        application, definition, handed = loaded.application, loaded.definition, loaded.handed
        return applications.submit(
            application,
            [materials.as_said(material) for material in materials.counting(application, definition, handed)],
            materials.missing(application, definition, handed),
            person_version=loaded.person_version,
            now=tx.now,
        )

    return await _change(tx, definitions, application_id, person_id, decide)


async def withdraw(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, reason: ObjectClaim | None
) -> Loaded:
    """Give it up."""
    return await _change(
        tx,
        definitions,
        application_id,
        person_id,
        lambda loaded: applications.withdraw(loaded.application, reason, now=tx.now),
    )


async def settle(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    act: Callable[[Loaded], Awaitable[bool]],
    *,
    locked: bool = False,
) -> None:
    """Have `act` decide on the application as it is, and write if it still is so (its version tells): it says whether
    that held.

    Where somebody else was quicker, it acts once more, on what they left, with the row locked. Raises Raced in
    `database.single()`.
    """
    for lock in (locked, True):
        if lock and tx.single:
            break
        if lock:
            await store.lock(tx, application_id)
        if await act(await read(tx, definitions, application_id, person_id)):
            return
    raise Raced(f"application {application_id} changed since it was read")


async def read(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """One of this person's applications with its materials; not locked."""
    loaded = await store.read_own(tx, definitions, application_id, person_id)
    if loaded is None:
        raise unknown(application_id)
    return loaded


def unknown(application_id: UUID) -> NotThere:
    """There is no such application, or it is somebody else's: the same answer."""
    return NotThere(f"You have no application {application_id}.")


async def _change(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, decide: Callable[[Loaded], Change]
) -> Loaded:
    changed: list[Loaded] = []

    async def act(loaded: Loaded) -> bool:
        application, events = decide(loaded)
        if application != loaded.application and not await store.save(tx, application, events):
            return False
        changed.append(replace(loaded, application=application))
        return True

    await settle(tx, definitions, application_id, person_id, act)
    return changed[0]
