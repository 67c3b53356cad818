"""Signing in and out, and what is known of people. Whoever changes a person holds the lock of their row."""

from collections.abc import Sequence
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
    person_id = await store.use_link(tx, token_hash, SIGN_IN)
    person = None if person_id is None else await store.lock(tx, person_id)
    if person is None:
        raise LinkNotValid("This sign-in link was used already or has run out: it works once, for 15 minutes. Ask for a new one.")
    return await _change(tx, person, people.sign_in(person, first_admin_email))


async def find(tx: Tx, person_id: UUID) -> Person:
    """Who that is."""
    return _there(await store.find(tx, person_id))


async def find_by_email(tx: Tx, email: str) -> Person | None:
    """Who has this address, in any spelling."""
    return await store.find_by_email(tx, email)


async def sign_out_everywhere(tx: Tx, person_id: UUID) -> None:
    """Void all sessions of the person."""
    person = await _locked(tx, person_id)
    await _change(tx, person, people.sign_out_everywhere(person, tx.now))


async def describe(tx: Tx, person_id: UUID, *, name: str, institution: str, time_zone: str | None) -> Person:
    """Take what basic information says about the person; their row stays locked."""
    person = await _locked(tx, person_id)
    return await _change(tx, person, people.describe(person, name=name, institution=institution, time_zone=time_zone))


async def set_roles(tx: Tx, person_id: UUID, roles: Sequence[str]) -> Person:
    """Give the person exactly these roles."""
    person = await _locked(tx, person_id)
    return await _change(tx, person, people.set_roles(person, roles))


async def forget_links(tx: Tx) -> None:
    """Forget links that ran out a day ago."""
    await store.delete_links(tx, tx.now - _KEEP_LINKS)


async def _locked(tx: Tx, person_id: UUID) -> Person:
    return _there(await store.lock(tx, person_id))


def _there(person: Person | None) -> Person:
    if person is None:
        raise NotThere("There is no such person.")
    return person


async def _change(tx: Tx, person: Person, changed: Person) -> Person:
    if changed is not person:
        await store.save(tx, changed)
        await tx.emit(people.described(changed))
    return changed
