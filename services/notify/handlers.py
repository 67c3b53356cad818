"""Kafka in. What mails whom is decided by `domain.draft`; people and the catalog are projected."""

from chassis import people
from chassis.consumer import Handlers
from chassis.handling import Handler
from chassis.transaction import Tx
from contracts.event import Event
from contracts.events.intake import CredentialPublished, IntakePeopleEvent, PersonDescribed, PersonErased
from contracts.topics import BADGING_BADGES, INTAKE_APPLICATIONS, INTAKE_CATALOG, INTAKE_LINKS, INTAKE_PEOPLE, PAYMENTS_FEES, REVIEW_CASES
from services.notify import usecases
from services.notify.domain import Addresses

PATIENCE_MS = 100
"""A mail may leave a tenth of a second late: several at once cost half."""

KEPT_OF_A_PERSON = frozenset({"name", "email"})


def build(addresses: Addresses) -> Handlers:
    """The handlers; `addresses` are what links in mails begin with."""

    async def on_event(tx: Tx, event: Event) -> None:
        await usecases.take_on(tx, event, addresses)

    mailing = (INTAKE_APPLICATIONS, INTAKE_LINKS, PAYMENTS_FEES, REVIEW_CASES, BADGING_BADGES)
    heard: dict[str, Handler] = dict.fromkeys((topic.name for topic in mailing), on_event)
    return Handlers({**heard, INTAKE_PEOPLE.name: on_people, INTAKE_CATALOG.name: on_catalog}, patience_ms=PATIENCE_MS)


async def on_people(tx: Tx, event: IntakePeopleEvent) -> None:
    """Who somebody is and how to reach them, until they are erased."""
    match event:
        case PersonDescribed():
            await people.project(tx, event, KEPT_OF_A_PERSON)
        case PersonErased():
            await usecases.erase(tx, event)


async def on_catalog(tx: Tx, event: CredentialPublished) -> None:
    """What the versions of the credentials are called."""
    await usecases.publish_credential(tx, event)
