"""What `notify` does, each in one transaction: take a mail on, hand out what is due, take the relay's answers, forget a person's mails."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from chassis import people
from chassis.outcome import NotYet
from chassis.transaction import Tx
from contracts.envelope import Received
from contracts.event import Event
from contracts.events.intake import CredentialPublished, PersonErased
from contracts.events.notify import MailFailed, MailSent
from services.notify import domain, store
from services.notify.domain import Addresses, Dropped, Mail, Outcome

SEND_MAILS = "send-mails"
LEASE = timedelta(seconds=10)
MOST_AT_ONCE = 50


async def take_on(tx: Tx, event: Event, addresses: Addresses) -> None:
    """Keep the mail that this event asks for, if it asks for one. Raises NotYet while the person or the catalog entry is not here."""
    assert tx.cause is not None, "mails are asked for by messages"
    draft = domain.draft(event, tx.cause.time, addresses)
    if draft is None:
        return
    person = await people.require(tx, draft.person_id, draft.person_version)
    facts = dict(draft.facts)
    if draft.credential is not None:
        slug, version = draft.credential
        name = await store.credential_name(tx, slug, version)
        if name is None:
            raise NotYet(f"credential/{slug}/{version}")
        facts["credential"] = name
    mail, said = domain.receive(draft, tx.cause.id, tx.now, erased=person.erased)
    if not await store.add(tx, mail, draft, facts, tx.correlation_id):
        return
    if said is None:
        tx.wake(SEND_MAILS)
    else:
        await store.lock_key(tx, draft.key)
        await tx.emit(said)


async def publish_credential(tx: Tx, event: CredentialPublished) -> None:
    """Know what a version of a credential is called."""
    definition = event.definition
    await store.save_credential(tx, definition.slug, definition.version, event.version, definition.name)
    tx.arrived(f"credential/{definition.slug}/{definition.version}")


async def erase(tx: Tx, event: PersonErased) -> None:
    """Forget a person: what was still to be mailed is dropped. A mail that the relay is taking at this moment may still arrive."""
    await people.project(tx, event)
    await store.lock_keys(tx, await store.due_keys_of(tx, event.person_id))
    mails = await store.lock_due_of(tx, event.person_id)
    await _settle(tx, [(mail, correlation_id, Dropped("erased")) for mail, correlation_id in mails])


async def claim(tx: Tx) -> list[store.Claimed]:
    """Mails that are due now; who claims them has ten seconds before somebody else may."""
    return await store.claim(tx, LEASE, MOST_AT_ONCE)


async def answer(tx: Tx, outcomes: Sequence[tuple[Mail, Outcome]]) -> None:
    """Keep and say what became of several mails. A mail that was settled meanwhile stays as it is."""
    wanted = {(mail.event_id, mail.person_id): outcome for mail, outcome in outcomes}
    await store.lock_keys(tx, sorted({mail.key for mail, _ in outcomes}))
    locked = await store.lock(tx, list(wanted))
    await _settle(tx, [(mail, correlation_id, wanted[mail.event_id, mail.person_id]) for mail, correlation_id in locked])


async def _settle(tx: Tx, outcomes: Sequence[tuple[Mail, UUID, Outcome]]) -> None:
    """The keys of these mails are held. What is said has the mail's event as its cause, whatever transaction says it."""
    settled = [(domain.settle(mail, outcome, tx.now), correlation_id) for mail, correlation_id, outcome in outcomes]
    if not settled:
        return
    await store.save(tx, [mail for (mail, _), _ in settled])
    for (mail, said), correlation_id in settled:
        if said is not None:
            with tx.caused_by(_cause(mail, said, correlation_id)):
                await tx.emit(said)


def _cause(mail: Mail, said: MailSent | MailFailed, correlation_id: UUID) -> Received:
    return Received(mail.event_id, said.TYPE, mail.created_at, correlation_id, said)
