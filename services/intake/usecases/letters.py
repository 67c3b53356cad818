"""Letters by third parties: the applicant asks, reminds, replaces, withdraws.

If a function loads both, it loads the contact before the application. Everything that happens to a request is in the
timeline of its application. So the application's version guards it: two acts at once come one after the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis import erasing
from chassis.addresses import Address
from chassis.database.transaction import Tx
from chassis.personal import Table
from contracts.catalog import Requirement
from contracts.events.links import LinkIssued
from contracts.events.people import PersonErased
from services.intake.domain import letter_requirements, letters, people
from services.intake.domain.applications import note, unknown
from services.intake.domain.letters import Action, LetterRequest, Referee
from services.intake.domain.links import Secret
from services.intake.domain.people import Person
from services.intake.store import applications as applications_store
from services.intake.store import letters as store
from services.intake.store import people as people_store
from services.intake.store.applications import Loaded
from services.intake.store.catalog import Definitions
from services.intake.store.letters import RequestKey
from services.intake.usecases.links import contact_at

SETTLE = "settle-letters"
"""The job that closes settled requests and deletes their referees."""
MOST_AT_ONCE = 200
_KEEP_LINKS = timedelta(days=90)
HashOf = Callable[[str], bytes]
"""A keyed hash of an address, by its key."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The person to ask, and what is made before it: the link's secret, ids for a new request and a new contact.

    `language`: the language of the applicant's page. If empty, that of their account.
    """

    name: str
    address: Address
    secret: Secret
    request_id: UUID
    new_person_id: UUID
    language: str = ""


async def ask(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, key: str, wish: Wish, hash_of: HashOf
) -> LetterRequest:
    """Ask somebody for a letter: they are mailed a link."""
    contact, asker = await _contact(tx, person_id, wish)
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    requests = await store.of_application(tx, application_id)
    requirement = letter_requirements.to_ask(loaded.application, loaded.definition, key)
    request = _asked(tx, loaded, requirement, requests, wish, contact, hash_of(asker.email_key), hash_of)
    await applications_store.save(tx, loaded.application, note(loaded.application, tx.now, "letter_asked"))
    await store.insert(tx, request)
    await store.add_link(tx, wish.secret.hash, request, _issued(loaded, requirement, request, contact, wish.secret))
    return request


async def replace(
    tx: Tx,
    definitions: Definitions,
    application_id: UUID,
    person_id: UUID,
    request_id: UUID,
    wish: Wish,
    hash_of: HashOf,
) -> LetterRequest:
    """Ask another person instead of one who has not answered."""
    contact, asker = await _contact(tx, person_id, wish)
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    requests = await store.of_application(tx, application_id)
    before = letters.find(requests, request_id)
    given_up = letters.settle(before, Action.WITHDRAW, tx.now)
    requirement = letter_requirements.to_ask(loaded.application, loaded.definition, before.requirement)
    requests = tuple(given_up if one is before else one for one in requests)
    request = _asked(tx, loaded, requirement, requests, wish, contact, hash_of(asker.email_key), hash_of)
    after = note(note(loaded.application, tx.now, "letter_withdrawn"), tx.now, "letter_asked")
    await applications_store.save(tx, loaded.application, after)
    await store.save(tx, given_up)
    await store.insert(tx, request)
    await store.add_link(tx, wish.secret.hash, request, _issued(loaded, requirement, request, contact, wish.secret))
    tx.wake(SETTLE)
    return request


async def withdraw(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, request_id: UUID
) -> LetterRequest:
    """Withdraw a request: its links become invalid."""
    loaded = await applications_store.load_own(tx, definitions, application_id, person_id)
    before = letters.find(await store.of_application(tx, application_id), request_id)
    given_up = letters.settle(before, Action.WITHDRAW, tx.now)
    await applications_store.save(tx, loaded.application, note(loaded.application, tx.now, "letter_withdrawn"))
    await store.save(tx, given_up)
    tx.wake(SETTLE)
    return given_up


async def remind(
    tx: Tx, definitions: Definitions, application_id: UUID, person_id: UUID, request_id: UUID, secret: Secret
) -> LetterRequest:
    """The applicant has a referee mailed again, with a new link. The earlier links stay valid."""
    key = RequestKey(request_id, application_id, person_id)
    return await _remind(tx, definitions, key, secret, on_time=False)


async def remind_on_time(tx: Tx, definitions: Definitions, key: RequestKey, secret: Secret) -> bool:
    """Remind a referee if it is still due. Returns whether they were reminded."""
    before = len(letters.find(await store.of_application(tx, key.application_id), key.request_id).reminded_at)
    after = await _remind(tx, definitions, key, secret, on_time=True)
    return len(after.reminded_at) > before


async def _remind(tx: Tx, definitions: Definitions, key: RequestKey, secret: Secret, *, on_time: bool) -> LetterRequest:
    # This is read without a lock first, to know the person: a person is loaded before an application.
    seen = letters.find(await _of_own(tx, key), key.request_id)
    contact = None if seen.contact_id is None else await people_store.load(tx, seen.contact_id)
    loaded = await applications_store.load_own(tx, definitions, key.application_id, key.person_id)
    before = letters.find(await store.of_application(tx, key.application_id), key.request_id)
    policy = loaded.definition.letters
    requirement = letter_requirements.wanted(loaded.definition, before.requirement)
    if on_time:
        is_awaited = letter_requirements.is_awaited(loaded.application, requirement)
        after = letters.remind_on_time(before, policy, tx.now) if is_awaited else before
    else:
        letters.next_in(before, Action.REMIND)
        requirement = letter_requirements.to_ask(loaded.application, loaded.definition, before.requirement)
        after = letters.remind(before, policy, tx.now)
    if after is before or contact is None or requirement is None:
        return before
    reminder = before.undelivered is None
    await applications_store.save(tx, loaded.application, note(loaded.application, tx.now, "letter_reminded"))
    await store.save(tx, after)
    issued = _issued(loaded, requirement, after, contact, secret, reminder=reminder)
    await store.add_link(tx, secret.hash, after, issued)
    return after


async def settle(tx: Tx) -> None:
    """Close requests for which no letter is awaited any more."""
    await store.close(tx)


async def forget(tx: Tx, tables: Mapping[str, Table], person_id: UUID) -> None:
    """Delete a referee if nobody waits for them and they have no account. An account stays; no request names it any
    more. `tables`: the registry of this service."""
    contact = await store.lock_contact(tx, person_id)
    if contact is None or await store.needed(tx, person_id):
        return
    if contact.kind == people.CONTACT and not contact.erased:
        await store.overtake(tx, person_id)
        await erasing.forget(tx, tables, person_id)
        await tx.emit(PersonErased(person_id=person_id))
    await store.unlink(tx, person_id)


async def forget_links(tx: Tx) -> None:
    """Delete links that expired long ago. Until then their page says that they expired."""
    await store.forget_links(tx, tx.now - _KEEP_LINKS)


async def _of_own(tx: Tx, key: RequestKey) -> tuple[LetterRequest, ...]:
    """The requests of this person's application. Raises NotThere."""
    requests = await store.of_application(tx, key.application_id)
    if not requests or not await store.owns(tx, key.application_id, key.person_id):
        raise unknown(key.application_id)
    return requests


async def _contact(tx: Tx, person_id: UUID, wish: Wish) -> tuple[Person, store.Asker]:
    asker = await store.asker(tx, person_id)
    contact = await contact_at(tx, wish.address, wish.new_person_id, wish.language or asker.language)
    return contact, asker


def _asked(
    tx: Tx,
    loaded: Loaded,
    requirement: Requirement,
    requests: tuple[LetterRequest, ...],
    wish: Wish,
    contact: Person,
    own_hash: bytes,
    hash_of: HashOf,
) -> LetterRequest:
    return letters.ask(
        requirement,
        Referee(wish.name, wish.address.shown, hash_of(wish.address.key)),
        requests,
        application=loaded.application,
        own_hash=own_hash,
        request_id=wish.request_id,
        contact_id=contact.person_id,
        policy=loaded.definition.letters,
        now=tx.now,
    )


def _issued(
    loaded: Loaded,
    requirement: Requirement,
    request: LetterRequest,
    contact: Person,
    secret: Secret,
    *,
    reminder: bool = False,
) -> LinkIssued:
    application = loaded.application
    return LinkIssued(
        person_id=contact.person_id,
        person_version=contact.version,
        purpose=letters.PURPOSE,
        sealed=secret.sealed,
        expires_at=request.expires_at,
        application_id=application.application_id,
        asker_id=application.person_id,
        asker_version=loaded.person_version,
        credential=application.credential,
        credential_version=application.credential_version,
        requirement=requirement.key,
        requirement_name=requirement.name,
        applicant_reads=requirement.applicant_reads,
        reminder=reminder,
    )
