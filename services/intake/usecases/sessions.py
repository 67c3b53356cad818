"""Signing in and out, and the list of sessions. A person is loaded and saved before their links and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.session import LIFETIME
from services.intake.domain import links, people
from services.intake.domain.links import SIGN_IN, Browser
from services.intake.domain.people import Person
from services.intake.domain.sessions import Session
from services.intake.store import links as links_store
from services.intake.store import people as people_store
from services.intake.store import sessions as store
from services.intake.usecases.people import find

MOST_SESSIONS = 50
"""The most sessions that are listed."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A session: its person, and when it began. These two always give the same token. `next` is the page to which the
    person wanted to go."""

    person: Person
    at: datetime
    next: str = ""


async def begin(tx: Tx, token_hash: bytes, first_admin_key: str, browser: Browser) -> Begun:
    """Use a link. The first use makes a contact an account. The browser that just used it gets the same session again.

    Refuses a link that was used elsewhere or earlier, has expired, was voided, or never existed.
    """
    link, person = await links_store.load(tx, token_hash, SIGN_IN)
    used = links.use(link, browser, tx.now)
    if used is link:
        return Begun(person, used.used_at or tx.now, used.next)
    signed_in = people.sign_in(person, first_admin_key, used.name, browser.language)
    await people_store.save(tx, person, signed_in)
    await links_store.use(tx, used, signed_in, browser.client)
    return Begun(signed_in, tx.now, used.next)


async def list_of(tx: Tx, person_id: UUID) -> Sequence[Session]:
    """The person's sessions, the newest first."""
    return await store.list_of(tx, person_id, tx.now - LIFETIME, MOST_SESSIONS)


async def sign_out_everywhere(tx: Tx, person_id: UUID) -> None:
    """Void all sessions of the person, and all links that would begin another."""
    person = await find(tx, person_id)
    await people_store.save(tx, person, people.sign_out_everywhere(person, tx.now))
    await links_store.void(tx, person_id, SIGN_IN)
    await store.void(tx, person_id)


async def forget(tx: Tx) -> None:
    """Delete expired sessions."""
    await store.forget(tx, tx.now - LIFETIME)
