"""Kafka in: one function for each topic."""

from chassis import people
from chassis.consumer import Handlers
from chassis.transaction import Tx
from contracts.events.intake import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CredentialPublished,
    IntakeApplicationsEvent,
    IntakePeopleEvent,
    PersonDescribed,
    PersonErased,
)
from contracts.topics import INTAKE_APPLICATIONS, INTAKE_CATALOG, INTAKE_PEOPLE
from services.review.domain.credentials import credential_of
from services.review.store import catalog
from services.review.usecases import cases, erasure, panels

KEPT = frozenset({"institution"})
"""What this service keeps of a person beside the id and the roles: who judges blind must not store names."""


async def on_applications(tx: Tx, event: IntakeApplicationsEvent) -> None:
    match event:
        case ApplicationSubmitted():
            await cases.open_case(tx, event)
        case ApplicationWithdrawn():
            await cases.withdraw_case(tx, event)
        case _:
            pass


async def on_people(tx: Tx, event: IntakePeopleEvent) -> None:
    await people.project(tx, event, keep=KEPT)
    await panels.release_seats(tx, event.person_id)
    match event:
        case PersonErased():
            await erasure.mark(tx, event.person_id)
        case PersonDescribed(roles=roles) if {"reviewer", "chair"} & set(roles):
            tx.wake("assign")
        case _:
            pass


async def on_catalog(tx: Tx, event: CredentialPublished) -> None:
    await catalog.project(tx, credential_of(event.definition), event.version)
    tx.arrived(f"credential/{event.definition.slug}/{event.definition.version}")


def handlers() -> Handlers:
    """Which topic goes where."""
    return Handlers({INTAKE_APPLICATIONS.name: on_applications, INTAKE_PEOPLE.name: on_people, INTAKE_CATALOG.name: on_catalog})
