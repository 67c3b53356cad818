"""The applicant's commands. Where both are locked, the person is locked before the application."""

from dataclasses import replace
from uuid import UUID

from chassis.transaction import Tx
from contracts.claims import ObjectClaim
from services.intake.domain import applications, materials
from services.intake.domain.applications import Application, BasicInformation, Change
from services.intake.domain.refusals import NotThere, SecondLiveApplication
from services.intake.domain.states import State
from services.intake.store import applications as store
from services.intake.store import materials as material_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
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
    if not await store.insert(tx, application):
        raise SecondLiveApplication(
            f"You have a live application for {beginning.definition.name} already. Go on with it, or withdraw it before you start another."
        )
    for event in events:
        await tx.emit(event)
    return Loaded(application, beginning.definition, beginning.person_version, tx.now)


async def describe(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, basic: BasicInformation) -> Loaded:
    """Take the basic information: the person's part goes to the person, all of it stays with the application."""
    person = await people.describe(tx, person_id, name=basic.name, institution=basic.institution, time_zone=basic.time_zone)
    loaded = await _lock(tx, definitions, application_id, person_id)
    change = applications.describe(loaded.application, basic, person_version=person.version, now=tx.now)
    return await _changed(tx, loaded, change)


async def accept_agreement(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, version: str) -> Loaded:
    """Accept the agreement of the pinned version."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    change = applications.accept_agreement(loaded.application, version, loaded.definition, person_version=loaded.person_version, now=tx.now)
    return await _changed(tx, loaded, change)


async def choose_path(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, path: str, answer: str | None) -> Loaded:
    """Choose one of the paths."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    return await _changed(tx, loaded, (applications.choose_path(loaded.application, path, answer, loaded.definition), ()))


async def submit(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """Hand it to the panel, with claims of all that counts."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    handed = await material_store.all_of(tx, application_id)
    counting = materials.counting(loaded.application, loaded.definition, handed)
    change = applications.submit(
        loaded.application,
        [materials.as_said(material) for material in counting],
        materials.missing(loaded.application, loaded.definition, handed),
        person_version=loaded.person_version,
        now=tx.now,
    )
    return replace(await _changed(tx, loaded, change, read=False), handed=handed)


async def withdraw(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, reason: ObjectClaim | None) -> Loaded:
    """Give it up."""
    loaded = await _lock(tx, definitions, application_id, person_id)
    return await _changed(tx, loaded, applications.withdraw(loaded.application, reason, now=tx.now))


async def read(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    """One of this person's applications with its materials; not locked."""
    loaded = await store.read_own(tx, definitions, application_id, person_id)
    if loaded is None:
        raise unknown(application_id)
    return loaded


def unknown(application_id: UUID) -> NotThere:
    """There is no such application, or it is somebody else's: the same answer."""
    return NotThere(f"You have no application {application_id}.")


async def _lock(tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID) -> Loaded:
    loaded = await store.lock_own(tx, definitions, application_id, person_id)
    if loaded is None:
        raise unknown(application_id)
    return loaded


async def _changed(tx: Tx, loaded: Loaded, change: Change, *, read: bool = True) -> Loaded:
    application, events = change
    if application != loaded.application:
        await store.save(tx, application)
    for event in events:
        await tx.emit(event)
    handed = await material_store.all_of(tx, application.application_id) if read and _may_have_materials(application) else ()
    return replace(loaded, application=application, handed=handed)


def _may_have_materials(application: Application) -> bool:
    return application.state not in (State.STARTED, State.FEE_DUE)
