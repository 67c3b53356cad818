"""The referee's acts through their link: look, hand in, decline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.catalog import CredentialDefinition, Requirement
from contracts.event import Event
from contracts.events.letters import LetterAnswered
from services.intake.domain import left_behind, letter_requirements, letters, materials, referees, submission
from services.intake.domain.applications import note
from services.intake.domain.letters import Action, LetterRequest
from services.intake.domain.materials import Handed
from services.intake.domain.quota import Room
from services.intake.domain.referees import Standing
from services.intake.store import applications as applications_store
from services.intake.store import letters as store
from services.intake.store import moves as moves_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.usecases.letters import SETTLE
from services.intake.usecases.materials import ToHandIn


@dataclass(frozen=True, slots=True)
class Found:
    """The letter behind a link. `applicant` is the name of the applicant; empty if it is not known."""

    request: LetterRequest
    standing: Standing
    requirement: Requirement
    definition: CredentialDefinition
    loaded: Loaded
    applicant: str

    @property
    def applicant_id(self) -> UUID:
        """The applicant's id."""
        return self.loaded.application.person_id

    @property
    def settled_at(self) -> datetime | None:
        """The time when the letter was received, declined or given up."""
        return self.request.settled_at

    def wanted(self) -> ToHandIn:
        """The requirement that a letter must meet. It has a limit of its own, and takes no room from the applicant's
        files."""
        most = materials.max_bytes(self.requirement)
        return ToHandIn(self.requirement, self.loaded.application, self.definition, (), Room((), most))


async def look(tx: Tx, definitions: Definitions, token_hash: bytes) -> Found:
    """The letter behind a link. Looking uses nothing up. Raises NotThere."""
    place = await store.by_token(tx, token_hash)
    if place is None:
        raise referees.unknown()
    loaded = await applications_store.load_own(tx, definitions, place.application_id, place.person_id)
    requests = await store.of_application(tx, place.application_id)
    request = letters.find(requests, place.request_id)
    requirement = letter_requirements.wanted(loaded.definition, request.requirement)
    standing = referees.standing(request, loaded.application, requirement, requests, tx.now)
    if requirement is None:
        requirement = await _left_behind(tx, definitions, loaded, request.requirement)
    return Found(request, standing, requirement, loaded.definition, loaded, place.name)


async def check(tx: Tx, definitions: Definitions, token_hash: bytes) -> Found:
    """Like `look`, before a letter is put into the store. A referee who handed it in already may send the same letter
    again."""
    found = await look(tx, definitions, token_hash)
    if found.standing is not Standing.RECEIVED:
        referees.check(found.standing, Action.RECEIVE)
    return found


async def receive(tx: Tx, definitions: Definitions, token_hash: bytes, letter: Handed) -> bool:
    """Save a letter. False if this very letter is here already."""
    found = await look(tx, definitions, token_hash)
    letter_id = found.request.request_id
    here = [one for one in found.loaded.handed if one.artifact_id == letter_id]
    if found.standing is Standing.RECEIVED and here and here[0].content.sha256 == letter.content.sha256:
        return False
    referees.check(found.standing, Action.RECEIVE)
    await _answer(tx, found, Action.RECEIVE, submission.supplements(found.loaded.application, letter))
    await store.keep(tx, found.request.application_id, letter)
    return True


async def decline(tx: Tx, definitions: Definitions, token_hash: bytes) -> None:
    """Decline to write it. Twice is the same as once."""
    found = await look(tx, definitions, token_hash)
    if found.standing is Standing.DECLINED:
        return
    referees.check(found.standing, Action.DECLINE)
    await _answer(tx, found, Action.DECLINE)


async def _left_behind(tx: Tx, definitions: Definitions, loaded: Loaded, key: str) -> Requirement:
    """The requirement that a letter was asked for before a move of the application left it behind."""
    if not left_behind.is_left(key):
        raise referees.unknown()
    version, former = left_behind.former(key)
    definition = await moves_store.definition(tx, definitions, loaded.application.credential, version)
    if definition is None:
        raise referees.unknown()
    return materials.find(definition, former)


async def _answer(tx: Tx, found: Found, action: Action, says: Sequence[Event] = ()) -> None:
    settled = letters.settle(found.request, action, tx.now)
    before = found.loaded.application
    answered = LetterAnswered(
        application_id=before.application_id,
        person_id=before.person_id,
        credential=before.credential,
        credential_version=before.credential_version,
        request_id=settled.request_id,
        requirement=found.requirement.key,
        requirement_name=found.requirement.name,
        outcome=settled.state.value,
    )
    after = note(before, tx.now, f"letter_{settled.state.value}")
    await applications_store.save(tx, before, after, [*says, answered])
    await store.save(tx, settled)
    tx.wake(SETTLE)
