"""What the service knows about people."""

from collections.abc import Sequence
from uuid import UUID

from chassis import addresses
from chassis.addresses import Address
from chassis.database.transaction import Tx
from contracts.refusals import Fault, Invalid, NotThere, Text
from services.intake.domain import people, staff
from services.intake.domain.audit import Act, Entry
from services.intake.domain.people import Person
from services.intake.store import audit
from services.intake.store import people as store
from services.intake.store import staff as staff_store


async def find(tx: Tx, person_id: UUID) -> Person:
    """The person with this id."""
    person = await store.load(tx, person_id)
    if person is None:
        raise NotThere(Text("There is no such person."))
    return person


async def find_by_address(tx: Tx, address: Address) -> Person | None:
    """The person with this address, in any spelling."""
    return await store.load_by_key(tx, address.key)


async def named(tx: Tx, field: str, text: str) -> UUID | None:
    """The id of a person who is named by it or by their address; None for an empty text. Raises Invalid with the field
    if nobody has the address."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        pass
    try:
        found = await store.load_by_key(tx, addresses.read(text).key)
    except addresses.NoAddress as error:
        raise Invalid(Fault(field, error.args[0])) from None
    if found is None:
        raise Invalid(Fault(field, Text("nobody has this address")))
    return found.person_id


async def set_details(tx: Tx, person_id: UUID, *, name: str, institution: str, language: str, time_zone: str) -> Person:
    """Take what people say about themselves on their account."""
    person = await find(tx, person_id)
    changed = people.set_details(person, name=name, institution=institution, language=language, time_zone=time_zone)
    await store.save(tx, person, changed)
    return changed


async def set_language(tx: Tx, person_id: UUID, language: str) -> Person:
    """The language in which the person reads pages and mails."""
    person = await find(tx, person_id)
    changed = people.change(person, language=language)
    await store.save(tx, person, changed)
    return changed


async def search(tx: Tx, text: str, limit: int) -> Sequence[Person]:
    """People whose address begins so, or whose name has these words, up to a number. For an empty text, all people who
    have a role."""
    return await staff_store.people(tx, staff.search(text), limit)


async def set_roles(tx: Tx, audit_id: UUID, person_id: UUID, roles: Sequence[str], actor: UUID) -> Person:
    """Give the person exactly these roles. The last administrator keeps theirs. A change is noted in the audit
    trail."""
    others = await store.other_administrators(tx, person_id)
    person = await find(tx, person_id)
    changed = people.set_roles(person, roles, others)
    await store.save(tx, person, changed)
    if changed is not person:
        entry = Entry(
            audit_id=audit_id,
            actor=actor,
            act=Act.ROLES_CHANGED,
            person_id=person_id,
            before=person.roles,
            after=changed.roles,
        )
        await audit.add(tx, entry)
    return changed


async def renew_keys(tx: Tx) -> int:
    """Give addresses with a former kind of key the key of `chassis.addresses`. Returns their number.

    Until 0.1.0 a key was made with `str.casefold`, which makes s of ſ and ss of ß. For addresses in ASCII both kinds
    are the same, so only the others are looked at. No two people can get the same key, because the new kind tells apart
    more than the old one. A text that is not an address gets no key.
    """
    stale = {
        person_id: key
        for person_id, (email, before) in (await store.beyond_ascii(tx)).items()
        if (key := _key(email)) != before
    }
    if stale:
        await store.set_keys(tx, stale)
    return len(stale)


def _key(email: str) -> str:
    try:
        return addresses.read(email).key
    except addresses.NoAddress:
        return ""
