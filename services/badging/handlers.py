"""Kafka in: one function a topic."""

from chassis.handling import Handlers
from chassis.transaction import Tx
from contracts.events.intake import CredentialPublished, PersonDescribed, PersonErased
from contracts.events.review import CaseDecided, ReviewCasesEvent
from contracts.topics import INTAKE_CATALOG, INTAKE_PEOPLE, REVIEW_CASES
from services.badging import usecases
from services.badging.domain.issuer import Issuer
from services.badging.usecases import Draw

PATIENCE_MS = 50
"""A badge may come a twentieth of a second late: decisions and people in batches cost less."""


def handlers(issuer: Issuer, draw: Draw) -> Handlers:
    """What badging does on each topic."""

    async def on_cases(tx: Tx, event: ReviewCasesEvent) -> None:
        match event:
            case CaseDecided(outcome="awarded"):
                assert tx.cause is not None, "an event is being handled"
                await usecases.award(tx, event, tx.cause, issuer, draw)
            case _:
                pass

    return Handlers({INTAKE_PEOPLE.name: on_people, INTAKE_CATALOG.name: on_catalog, REVIEW_CASES.name: on_cases}, patience_ms=PATIENCE_MS)


async def on_people(tx: Tx, event: PersonDescribed | PersonErased) -> None:
    """Who earns."""
    await usecases.project_person(tx, event)


async def on_catalog(tx: Tx, event: CredentialPublished) -> None:
    """What is earned."""
    await usecases.project_definition(tx, event)
