"""The handlers of incoming records, one function for each topic."""

from collections.abc import Sequence

from chassis.database.transaction import Tx
from chassis.kafka.handling import Handler, Handlers
from contracts.envelope import Received
from contracts.events.people import PersonDescribed
from contracts.events.review import CaseDecided, ReviewCasesEvent
from contracts.topics import INTAKE_CATALOG, INTAKE_PEOPLE, REVIEW_CASES
from services.badging import usecases
from services.badging.domain.issuer import Issuer
from services.badging.usecases import Draw

PATIENCE_MS = 50
"""A badge may come a twentieth of a second late, because decisions and people cost less in batches."""


def handlers(issuer: Issuer, draw: Draw) -> Handlers:
    """What badging does on each topic."""

    async def on_cases(tx: Tx, event: ReviewCasesEvent) -> None:
        match event:
            case CaseDecided(outcome="awarded"):
                assert tx.cause is not None, "an event is being handled"
                await usecases.award(tx, event, tx.cause, issuer, draw)
            case _:
                pass

    on: dict[str, Handler] = {
        INTAKE_PEOPLE.name: usecases.erase_person,
        INTAKE_CATALOG.name: usecases.project_definition,
        REVIEW_CASES.name: on_cases,
    }
    return Handlers(on, many={PersonDescribed: on_people}, patience_ms=PATIENCE_MS)


async def on_people(tx: Tx, received: Sequence[Received]) -> None:
    """People who may earn badges. Erased people are handled one by one."""
    await usecases.project_people(tx, [one.event for one in received if isinstance(one.event, PersonDescribed)])
