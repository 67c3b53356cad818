"""Records from Kafka. `domain/occasions.py` decides which mails they ask for; people and the catalog are projected."""

from collections.abc import Sequence

from chassis.database.transaction import Tx
from chassis.kafka.consumer import Handlers
from chassis.kafka.handling import Handler, ManyHandler
from contracts.envelope import Received
from contracts.event import EVENTS, Event
from contracts.events.catalog import CredentialPublished
from contracts.events.people import IntakePeopleEvent, PersonDescribed, PersonErased
from contracts.topics import (
    BADGING_BADGES,
    INTAKE_APPLICATIONS,
    INTAKE_CATALOG,
    INTAKE_COHORTS,
    INTAKE_LINKS,
    INTAKE_PEOPLE,
    PAYMENTS_FEES,
    REVIEW_CASES,
)
from services.notify import usecases

SERVICE = "notify"
PATIENCE_MS = 100
"""A mail may leave a tenth of a second late. Several at once cost half as much."""


def handlers() -> Handlers:
    """What `notify` does with each topic."""
    mailing = (INTAKE_APPLICATIONS, INTAKE_COHORTS, INTAKE_LINKS, PAYMENTS_FEES, REVIEW_CASES, BADGING_BADGES)
    heard: dict[str, Handler] = dict.fromkeys((topic.name for topic in mailing), on_event)
    many: dict[type[Event], ManyHandler] = {
        kind: on_events for kind in EVENTS.values() if kind.TOPIC in mailing and SERVICE in kind.HEARD_BY
    }
    many[PersonDescribed] = on_described
    return Handlers(
        {**heard, INTAKE_PEOPLE.name: on_people, INTAKE_CATALOG.name: on_catalog}, many, patience_ms=PATIENCE_MS
    )


async def on_events(tx: Tx, heard: Sequence[Received]) -> None:
    """Handle events that ask for mails, several at once."""
    await usecases.take_on(tx, heard)


async def on_event(tx: Tx, _: Event) -> None:
    """Handle one such event."""
    assert tx.cause is not None, "mails are asked for by messages"
    await on_events(tx, [tx.cause])


async def on_described(tx: Tx, heard: Sequence[Received]) -> None:
    """Project people: who they are and how to reach them."""
    await usecases.project(tx, [one.event for one in heard if isinstance(one.event, PersonDescribed)])


async def on_people(tx: Tx, event: IntakePeopleEvent) -> None:
    """Handle one person's record, which may be their erasure."""
    match event:
        case PersonDescribed():
            await usecases.project(tx, [event])
        case PersonErased():
            await usecases.erase(tx, event)


async def on_catalog(tx: Tx, event: CredentialPublished) -> None:
    """Project the names of the credentials' versions."""
    await usecases.publish_credential(tx, event)
