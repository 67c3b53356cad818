"""The handlers of incoming records."""

from collections.abc import Sequence

from chassis import people
from chassis.database.transaction import Tx
from contracts.envelope import Received
from contracts.events.applications import ApplicationFeeDue, ApplicationLapsed, ApplicationWithdrawn
from contracts.events.catalog import CredentialPublished
from contracts.events.deadlines import ApplicationRenewalCancelled, ApplicationRenewalDue
from contracts.events.intake import IntakeApplicationsEvent
from contracts.events.people import IntakePeopleEvent, PersonDescribed
from services.payments import store, usecases
from services.payments.personal import TABLES

KEPT = frozenset({"email"})
"""The data about people that is kept beside what a session needs: the address for Stripe's page."""


async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
    """Fees that become due, and applications that end."""
    match event:
        case ApplicationFeeDue():
            await usecases.ask_fee(tx, event)
        case ApplicationWithdrawn() | ApplicationLapsed():
            await usecases.withdraw(tx, event.application_id, tx.happened)
        case ApplicationRenewalDue():
            await usecases.ask_renewal(tx, event)
        case ApplicationRenewalCancelled():
            await usecases.cancel_renewal(tx, event.renewal_id, tx.happened)
        case _:
            pass


async def on_catalog(tx: Tx, event: CredentialPublished) -> None:
    """The names of the credentials."""
    definition = event.definition
    await store.catalog.save(tx, definition.slug, definition.version, event.version, definition.name)


async def on_described(tx: Tx, received: Sequence[Received]) -> None:
    """People who may sign in, many at once."""
    await people.project_all(tx, [one.event for one in received if isinstance(one.event, PersonDescribed)], KEPT)


async def on_people(tx: Tx, event: IntakePeopleEvent) -> None:
    """People who may sign in, and people to erase."""
    await people.project(tx, event, KEPT, TABLES)
