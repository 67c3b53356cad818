"""Signing in and out. A person is loaded and saved before their links."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain import links, people
from services.intake.domain.links import SIGN_IN, Browser
from services.intake.domain.people import Person
from services.intake.store import links as links_store
from services.intake.store import people as people_store
from services.intake.usecases.people import find


@dataclass(frozen=True, slots=True)
class Begun:
    """A session: whose, and since when. Of the same two its token is always the same."""

    person: Person
    at: datetime


async def begin(tx: Tx, token_hash: bytes, first_admin_key: str, browser: Browser) -> Begun:
    """Use a link up. The first use makes a contact an account. In the browser that just used it, it gives the same
    session again.

    Refuses a link that was used elsewhere or earlier, has run out, was voided, or never was.
    """
    link, person = await links_store.load(tx, token_hash, SIGN_IN)
    used = links.use(link, browser, tx.now)
    signed_in = people.sign_in(person, first_admin_key, used.name) if used is not link else person
    await people_store.save(tx, person, signed_in)
    await links_store.save(tx, link, used, signed_in)
    return Begun(signed_in, used.used_at or tx.now)


async def sign_out_everywhere(tx: Tx, person_id: UUID) -> None:
    """Void all sessions of the person, and all links that would begin another."""
    person = await find(tx, person_id)
    await people_store.save(tx, person, people.sign_out_everywhere(person, tx.now))
    await links_store.void(tx, person_id, SIGN_IN)
