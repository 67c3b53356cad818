"""What other services say, taken in: the application is locked, moved or left, and what follows is said."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from chassis.database.transaction import Tx
from chassis.kafka.outcome import NotYet
from contracts.events.review import CaseDecided
from services.intake.domain import facts
from services.intake.domain.applications import Application, Change
from services.intake.store import applications as store
from services.intake.store.people import Raced


async def settle_fee(tx: Tx, application_id: UUID, what: str) -> None:
    """The fee is paid or waived."""
    await _take(tx, application_id, lambda application: facts.settle_fee(application, what, _at(tx)))


async def return_fee(tx: Tx, application_id: UUID, remaining_minor: int) -> None:
    """Money went back."""
    await _take(tx, application_id, lambda application: facts.return_fee(application, remaining_minor, _at(tx)))


async def dispute_fee(tx: Tx, application_id: UUID) -> None:
    """The payment is disputed."""
    await _take(tx, application_id, lambda application: (facts.dispute_fee(application, _at(tx)), ()))


async def open_case(tx: Tx, application_id: UUID) -> None:
    """The panel took the application up."""
    await _take(tx, application_id, lambda application: (facts.open_case(application, _at(tx)), ()))


async def decide(tx: Tx, decided: CaseDecided) -> None:
    """The panel decided."""
    await _take(tx, decided.application_id, lambda application: (facts.decide(application, decided, _at(tx)), ()))


async def issue_badge(tx: Tx, application_id: UUID, url: str) -> None:
    """A badge is public."""
    await _take(tx, application_id, lambda application: (facts.issue_badge(application, url, _at(tx)), ()))


async def change_badge(tx: Tx, application_id: UUID, what: str) -> None:
    """A badge was revoked, suspended or reinstated."""
    await _take(tx, application_id, lambda application: (facts.change_badge(application, what, _at(tx)), ()))


async def _take(tx: Tx, application_id: UUID, decide: Callable[[Application], Change]) -> None:
    application = await store.lock(tx, application_id)
    if application is None:
        raise NotYet(f"application/{application_id}")
    changed, events = decide(application)
    if changed != application and not await store.save(tx, changed, events):
        raise Raced(f"application {application_id} changed although its row is locked")


def _at(tx: Tx) -> datetime:
    return tx.cause.time if tx.cause is not None else tx.now
