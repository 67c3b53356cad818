"""Signing in and out, and what is known of people. A person is changed as read, if they still are so; from then on the
row is locked.

Where both are written, a person is locked before their links.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis import addresses
from chassis.addresses import Address
from chassis.database.transaction import Tx
from contracts.events.intake import LinkIssued
from contracts.session import LIFETIME as SESSION_LIFETIME
from services.intake.domain import links as rules
from services.intake.domain import people
from services.intake.domain.links import LIFETIME, SIGN_IN, Browser, Secret, onward
from services.intake.domain.people import Person
from services.intake.domain.refusals import LinkNotValid, NotThere
from services.intake.domain.sessions import Session
from services.intake.store import links, sessions
from services.intake.store import people as store

_KEEP_LINKS = timedelta(days=1)
MOST_SESSIONS = 50
"""So many places where somebody is signed in are listed."""


async def send_link(
    tx: Tx, address: Address, name: str, secret: Secret, new_person_id: UUID, *, language: str = "", next: str = ""
) -> None:
    """Have a sign-in link mailed: to an account where it was confirmed; to a contact, which an unknown address becomes,
    as it was asked for.

    `name` stays with the link, and so does `next`, where the person goes on once they are signed in. A contact that is
    asked for in another spelling than before keeps no link to that one.
    """
    person = await _by_key(tx, address.key) or await _new_contact(tx, address, new_person_id, language)
    asked_for = people.ask(person, address.shown, language)
    if asked_for is not person:
        await _save(tx, asked_for)
    if asked_for.email != person.email:
        await links.void(tx, person.person_id, SIGN_IN)
    expires_at = tx.now + LIFETIME
    await links.insert(tx, secret.hash, person.person_id, SIGN_IN, expires_at, name, onward(next))
    said = LinkIssued(
        person_id=person.person_id,
        person_version=asked_for.version,
        purpose=SIGN_IN,
        sealed=secret.sealed,
        expires_at=expires_at,
    )
    await tx.emit(said)


async def _by_key(tx: Tx, email_key: str) -> Person | None:
    person_id = await store.find_id(tx, email_key)
    return None if person_id is None else await store.lock(tx, person_id)


async def _new_contact(tx: Tx, address: Address, person_id: UUID, language: str) -> Person:
    person = Person(person_id=person_id, email=address.shown, email_key=address.key, sessions_valid_from=tx.now)
    person = replace(person, language=language or person.language)
    if await store.insert(tx, person):
        await tx.emit(people.described(person))
        return person
    other = await _by_key(tx, address.key)
    if other is None:
        raise NotThere("The address was taken and given up at this very moment; ask again.")
    return other


@dataclass(frozen=True, slots=True)
class Begun:
    """A session: whose, and since when. Of the same two its token is always the same. `next` is where the person wanted
    to go."""

    person: Person
    at: datetime
    next: str = ""


async def begin_session(tx: Tx, token_hash: bytes, first_admin_key: str, browser: Browser) -> Begun:
    """Use a link up. The first use makes a contact an account. In the browser that just used it, it gives the same
    session again.

    Refuses a link that was used elsewhere or earlier, has run out, was voided, or never was.
    """
    person_id = await links.owner(tx, token_hash, SIGN_IN)
    person = None if person_id is None else await store.lock(tx, person_id)
    if person is not None:
        link = await links.use(tx, token_hash, SIGN_IN, browser.cookie_hash)
        if link is not None:
            name, next = link
            signed_in = people.sign_in(person, first_admin_key, name, browser.language)
            if signed_in is not person:
                await _save(tx, signed_in)
            await sessions.insert(tx, signed_in.person_id, browser.client)
            return Begun(signed_in, tx.now, next)
        used = await links.find_used(tx, token_hash, SIGN_IN)
        if used is not None and rules.pressed_again(used, browser, tx.now):
            return Begun(person, used.used_at, used.next)
    raise LinkNotValid(
        "This sign-in link was used already, has run out or was voided: it works"
        " once, for 15 minutes. Ask for a new one."
    )


async def find(tx: Tx, person_id: UUID) -> Person:
    """Who that is."""
    return _there(await store.find(tx, person_id))


async def find_by_address(tx: Tx, address: Address) -> Person | None:
    """Who has this address, in any spelling."""
    return await store.find_by_key(tx, address.key)


async def where_to(tx: Tx, token_hash: bytes) -> str:
    """Where the person of a sign-in link wants to go; empty for a link that is not known (any more)."""
    return await links.find_next(tx, token_hash, SIGN_IN)


async def list_sessions(tx: Tx, person_id: UUID) -> Sequence[Session]:
    """Where the person is signed in, the newest first."""
    return await sessions.list_of(tx, person_id, tx.now - SESSION_LIFETIME, MOST_SESSIONS)


async def sign_out_everywhere(tx: Tx, person_id: UUID) -> None:
    """Void all sessions of the person, and all links that would begin another."""
    await _change(tx, await find(tx, person_id), lambda person: people.sign_out_everywhere(person, tx.now))
    await links.void(tx, person_id, SIGN_IN)
    await sessions.void(tx, person_id)


async def describe(tx: Tx, person_id: UUID, *, name: str, institution: str, time_zone: str | None) -> Person:
    """Take what basic information says about the person."""

    def decide(person: Person) -> Person:
        return people.describe(person, name=name, institution=institution, time_zone=time_zone)

    return await _change(tx, await find(tx, person_id), decide)


async def set_details(tx: Tx, person_id: UUID, *, name: str, institution: str, language: str, time_zone: str) -> Person:
    """Take what the person says about themselves on their account."""

    def decide(person: Person) -> Person:
        return people.set_details(person, name=name, institution=institution, language=language, time_zone=time_zone)

    return await _change(tx, await find(tx, person_id), decide)


async def set_language(tx: Tx, person_id: UUID, language: str) -> Person:
    """The language in which the person reads pages and mails."""
    return await _change(tx, await find(tx, person_id), lambda person: people.change(person, language=language))


async def set_roles(tx: Tx, person_id: UUID, roles: Sequence[str]) -> Person:
    """Give the person exactly these roles. The last administrator keeps theirs."""
    others = await store.other_administrators(tx, person_id)
    return await _change(tx, await find(tx, person_id), lambda person: people.set_roles(person, roles, others))


async def forget_links(tx: Tx) -> None:
    """Forget links that ran out a day ago, and sessions that ran out."""
    await links.forget(tx, tx.now - _KEEP_LINKS)
    await sessions.forget(tx, tx.now - SESSION_LIFETIME)


async def renew_keys(tx: Tx) -> int:
    """Give addresses that have a key of another kind the key of `chassis.addresses`; how many there were.

    Until 0.1.0 a key was made with `str.casefold`, by which ſ is s and ß is ss. For addresses in ASCII both are the
    same, so only the others are looked at. No two can get the same key: the new kind tells apart more than the old one
    did. What is no address claims none.
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


def _there(person: Person | None) -> Person:
    if person is None:
        raise NotThere("There is no such person.")
    return person


async def _change(tx: Tx, person: Person, decide: Callable[[Person], Person]) -> Person:
    """Keep what `decide` makes of the person. Where somebody else was quicker, decide once more, on what they left,
    with the row locked."""
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


async def _save(tx: Tx, changed: Person) -> None:
    """Keep a person whose row is locked, and say so."""
    if not await store.save(tx, changed):
        raise store.Raced(f"person {changed.person_id} changed although the row is locked")
    await tx.emit(people.described(changed))
