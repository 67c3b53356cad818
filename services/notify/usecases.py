"""What `notify` does: add mails, claim mails that are due, keep the relay's answers, forget a person's mails."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chassis import people
from chassis.database.transaction import Tx
from chassis.people import Person
from contracts.envelope import Received
from contracts.events.catalog import CredentialPublished
from contracts.events.people import PersonDescribed, PersonErased
from services.notify import store
from services.notify.domain import cohort_occasions, mails, occasions
from services.notify.domain.mails import DeliveryResult, Dropped, Mail
from services.notify.domain.occasions import Farewell
from services.notify.personal import TABLES

SEND_MAILS = "send-mails"
LEASE = timedelta(seconds=10)
MOST_AT_ONCE = 50
KEPT_OF_A_PERSON = frozenset({"name", "email"})


async def take_on(tx: Tx, heard: Sequence[Received]) -> None:
    """Add the mails that these events ask for. Nothing is waited for here: a mail stays due until its person and its
    catalog entry have come."""
    asked = [(one, occasion) for one in heard if (occasion := occasions.occasion(one.event, one.time)) is not None]
    asked += [(one, occasion) for one in heard for occasion in cohort_occasions.occasions(one.event)]
    if asked:
        await store.add(
            tx, [(mails.receive(occasion, one.id, one.correlation_id, tx.now), occasion) for one, occasion in asked]
        )
        tx.wake(SEND_MAILS)
    notices = [
        (one.id, one.correlation_id, notice) for one in heard if (notice := occasions.notice(one.event)) is not None
    ]
    if notices:
        await store.add_notices(tx, notices, mails.GIVE_UP_AFTER)
        tx.wake(SEND_MAILS)


async def project(tx: Tx, events: Sequence[PersonDescribed]) -> None:
    """Keep how people can be reached. Mails to them may have waited for that."""
    await people.project_all(tx, events, KEPT_OF_A_PERSON)
    if any(occasions.NOTICED_ROLES.intersection(event.roles) for event in events):
        await store.spread_notices(tx, mails.GIVE_UP_AFTER)
    tx.wake(SEND_MAILS)


async def publish_credential(tx: Tx, event: CredentialPublished) -> None:
    """Keep the name of a credential's version. Mails that name it may have waited for that."""
    definition = event.definition
    await store.save_credential(tx, definition.slug, definition.version, event.version, definition.name)
    tx.wake(SEND_MAILS)


async def erase(tx: Tx, event: PersonErased) -> None:
    """Forget a person and drop the mails that are still due. A mail that the relay is taking at this moment may still
    arrive. One last mail tells an account that it is erased."""
    known = await people.find(tx, event.person_id)
    await answer(tx, [(mail, Dropped("erased")) for mail in await store.due_of(tx, event.person_id)])
    await people.project(tx, event, tables=TABLES)
    if known is not None and not known.erased and known.kind == "account" and known.email and tx.cause is not None:
        await _bid_farewell(tx, known, tx.cause)


async def _bid_farewell(tx: Tx, known: Person, cause: Received) -> None:
    """Tell an account that it is erased. Only this mail holds its address, for less than a minute."""
    occasion = occasions.occasion(cause.event, tx.now)
    assert occasion is not None, "an erasure mails"
    last = replace(occasion, farewell=Farewell(known.email, known.name, known.language, known.time_zone))
    await store.add(tx, [(mails.receive(last, cause.id, cause.correlation_id, tx.now), last)])
    tx.wake(SEND_MAILS)


async def claim(tx: Tx) -> list[store.Claimed]:
    """Mails that are due now. Another process can claim them ten seconds later."""
    return await store.claim(tx, LEASE, MOST_AT_ONCE, mails.GIVE_UP_AFTER)


async def answer(tx: Tx, outcomes: Sequence[tuple[Mail, DeliveryResult]]) -> None:
    """Keep the results of several mails and say the events. A mail that is over in the meantime stays as it is.

    The cause of the event about a mail is the mail's event, whichever transaction says it.
    """
    if not outcomes:
        return
    concluded = [mails.conclude(mail, outcome, tx.now) for mail, outcome in outcomes]
    saved = await store.save(tx, [mail for mail, _ in concluded])
    for mail, said in concluded:
        if said is not None and (mail.event_id, mail.person_id) in saved:
            with tx.caused_by(Received(mail.event_id, said.TYPE, mail.created_at, mail.correlation_id, said)):
                await tx.emit(said)
