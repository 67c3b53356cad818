"""Records from Kafka: one function for each topic."""

from collections.abc import Sequence

from chassis import people
from chassis.database.transaction import Tx
from chassis.kafka.consumer import Handlers
from contracts.envelope import Received
from contracts.events.applications import (
    ApplicationAmended,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from contracts.events.catalog import CredentialPublished
from contracts.events.intake import IntakeApplicationsEvent
from contracts.events.people import IntakePeopleEvent, PersonDescribed, PersonErased
from contracts.topics import INTAKE_APPLICATIONS, INTAKE_CATALOG, INTAKE_PEOPLE
from services.review.domain.credentials import credential_of
from services.review.domain.seats import ROLES
from services.review.personal import TABLES
from services.review.store import credentials
from services.review.usecases import cases, panels
from services.review.usecases.cases import ASSIGN

KEPT = frozenset({"institution"})
"""What this service keeps of a person beside the id and the roles. Reviewers judge blind, so it must not store
names."""


async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
    match event:
        case ApplicationSubmitted():
            await cases.open_case(tx, event)
        case ApplicationAmended():
            await cases.amend_case(tx, event)
        case ApplicationSupplemented():
            await cases.supplement_case(tx, event)
        case ApplicationWithdrawn():
            await cases.withdraw_case(tx, event)
        case _:
            pass


async def on_people(tx: Tx, event: IntakePeopleEvent) -> None:
    match event:
        case PersonErased():
            await people.project(tx, event, KEPT, TABLES)
            await panels.release_seats(tx, [event.person_id])
        case _:
            pass  # `on_described` takes these


async def on_described(tx: Tx, received: Sequence[Received]) -> None:
    described = [one.event for one in received if isinstance(one.event, PersonDescribed)]
    await people.project_all(tx, described, keep=KEPT)
    if known_before := [event.person_id for event in described if event.version > 1]:  # no other role has a seat
        await panels.release_seats(tx, known_before)
        await panels.leave_conflicted(tx, known_before)
    if any(ROLES & set(event.roles) for event in described):
        tx.wake(ASSIGN)


async def on_catalog(tx: Tx, event: CredentialPublished) -> None:
    await credentials.project(tx, credential_of(event.definition), event.version)
    tx.arrived(f"credential/{event.definition.slug}/{event.definition.version}")


def handlers() -> Handlers:
    """What `review` does with each topic."""
    return Handlers(
        {INTAKE_APPLICATIONS.name: on_applications, INTAKE_PEOPLE.name: on_people, INTAKE_CATALOG.name: on_catalog},
        many={PersonDescribed: on_described},
    )
