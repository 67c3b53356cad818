"""Signing in and out, and what is known of people. A person is changed as read, if they still are so; from then on the row is locked."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from chassis.transaction import Tx
from contracts.events.intake import LinkIssued
from services.intake.domain import people
from services.intake.domain.links import LIFETIME, SIGN_IN, Secret
from services.intake.domain.people import Person
from services.intake.domain.refusals import LinkNotValid, NotThere
from services.intake.store import people as store

_KEEP_LINKS = timedelta(days=1)


async def send_link(tx: Tx, email: str, name: str, secret: Secret, new_person_id: UUID) -> None:
    """Have a sign-in link mailed. An unknown address becomes a contact (with `name`); a known person's name is not touched."""
    person = await _by_email(tx, email)
    if person is None:
        person = Person(person_id=new_person_id, email=email, name=name, sessions_valid_from=tx.now)
        if await store.insert(tx, person):
            await tx.emit(people.described(person))
        else:
            person = await _by_email(tx, email)
            if person is None:
                raise NotThere("The address was taken and given up at this very moment; ask again.")
    expires_at = tx.now + LIFETIME
    await store.insert_link(tx, secret.hash, person.person_id, SIGN_IN, expires_at)
    await tx.emit(LinkIssued(person_id=person.person_id, person_version=person.version, purpose=SIGN_IN, sealed=secret.sealed, expires_at=expires_at))


async def _by_email(tx: Tx, email: str) -> Person | None:
    person_id = await store.find_id(tx, email)
    return None if person_id is None else await store.lock(tx, person_id)


async def begin_session(tx: Tx, token_hash: bytes, first_admin_email: str) -> Person:
    """Use a link up: who signed in. The first use makes a contact an account. Refuses a link that was used, has run out or never was."""
    person = await store.use_link(tx, token_hash, SIGN_IN)
    if person is None:
        raise LinkNotValid("This sign-in link was used already or has run out: it works once, for 15 minutes. Ask for a new one.")
    return await _change(tx, person, lambda found: people.sign_in(found, first_admin_email))


async def find(tx: Tx, person_id: UUID) -> Person:
    """Who that is."""
    return _there(await store.find(tx, person_id))


async def find_by_email(tx: Tx, email: str) -> Person | None:
    """Who has this address, in any spelling."""
    return await store.find_by_email(tx, email)


async def sign_out_everywhere(tx: Tx, person_id: UUID) -> None:
    """Void all sessions of the person."""
    await _change(tx, await find(tx, person_id), lambda person: people.sign_out_everywhere(person, tx.now))


async def describe(tx: Tx, person_id: UUID, *, name: str, institution: str, time_zone: str | None) -> Person:
    """Take what basic information says about the person."""

    def decide(person: Person) -> Person:
        return people.describe(person, name=name, institution=institution, time_zone=time_zone)

    return await _change(tx, await find(tx, person_id), decide)


async def set_roles(tx: Tx, person_id: UUID, roles: Sequence[str]) -> Person:
    """Give the person exactly these roles."""
    return await _change(tx, await find(tx, person_id), lambda person: people.set_roles(person, roles))


async def forget_links(tx: Tx) -> None:
    """Forget links that ran out a day ago."""
    await store.delete_links(tx, tx.now - _KEEP_LINKS)


def _there(person: Person | None) -> Person:
    if person is None:
        raise NotThere("There is no such person.")
    return person


async def _change(tx: Tx, person: Person, decide: Callable[[Person], Person]) -> Person:
    """Keep what `decide` makes of the person. Where somebody else was quicker, decide once more, on what they left, with the row locked."""
    for quickly in (True, False):
        changed = decide(person)
        if changed is person:
            return person
        if await store.save(tx, changed):
            await tx.emit(people.described(changed))
            return changed
        if quickly:
            person = _there(await store.lock(tx, person.person_id))
    raise store.Raced(f"person {person.person_id} changed although the row is locked")
