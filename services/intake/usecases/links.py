"""Mailed links. A person is loaded and saved before their links."""

from datetime import timedelta
from uuid import UUID

from chassis.addresses import Address
from chassis.database.transaction import Tx
from contracts.events.links import LinkIssued
from services.intake.domain import people
from services.intake.domain.links import LIFETIME, SIGN_IN, Link, Secret, onward
from services.intake.domain.people import Person
from services.intake.store import links as store
from services.intake.store import people as people_store

_KEEP_LINKS = timedelta(days=1)


async def send(
    tx: Tx, address: Address, name: str, secret: Secret, new_person_id: UUID, *, language: str = "", next: str = ""
) -> None:
    """Mail a sign-in link. An account gets it at its confirmed address. An unknown address becomes a contact, which
    gets it at the spelling that was typed.

    `name` stays with the link, and so does `next`, the page after sign-in. If the spelling for a contact changes, its
    earlier links become invalid.
    """
    person = await contact_at(tx, address, new_person_id, language)
    link = Link(secret.hash, person.person_id, tx.now + LIFETIME, name, onward(next))
    issued = LinkIssued(
        person_id=person.person_id,
        person_version=person.version,
        purpose=SIGN_IN,
        sealed=secret.sealed,
        expires_at=link.expires_at,
    )
    await store.insert(tx, link, person, issued)


async def contact_at(tx: Tx, address: Address, new_person_id: UUID, language: str) -> Person:
    """The person with this address; a new contact if there is none. An account stays as it is."""
    known = await people_store.load_by_key(tx, address.key)
    if known is None:
        contact = people.contact(new_person_id, address.shown, address.key, tx.now, language)
        await people_store.insert(tx, contact)
        return contact
    person = people.ask(known, address.shown, language)
    await people_store.save(tx, known, person)
    if person.email != known.email:
        await store.void(tx, person.person_id, SIGN_IN)
    return person


async def where_to(tx: Tx, token_hash: bytes) -> str:
    """The page after sign-in of a link; empty if the link is not known (any more)."""
    return await store.find_next(tx, token_hash, SIGN_IN)


async def forget(tx: Tx) -> None:
    """Delete links that expired a day ago."""
    await store.forget(tx, tx.now - _KEEP_LINKS)
