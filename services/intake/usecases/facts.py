"""Facts from other services: the application is loaded, moved or left as it is, and the events are said."""

from uuid import UUID

from chassis.database.transaction import Tx
from chassis.kafka.outcome import NotYet
from contracts.events.review import CaseDecided
from services.intake.domain import facts
from services.intake.domain.applications import Application
from services.intake.domain.applications import note as noted
from services.intake.store import applications as store


async def settle_fee(tx: Tx, application_id: UUID, what: str) -> None:
    """The fee is paid or waived."""
    application = await _load(tx, application_id)
    await store.save(tx, application, *facts.settle_fee(application, what, tx.happened))


async def return_fee(tx: Tx, application_id: UUID, remaining_minor: int) -> None:
    """Money went back."""
    application = await _load(tx, application_id)
    await store.save(tx, application, *facts.return_fee(application, remaining_minor, tx.happened))


async def note(tx: Tx, application_id: UUID, what: str) -> None:
    """A fact that moves nothing: only the timeline changes."""
    application = await _load(tx, application_id)
    await store.save(tx, application, noted(application, tx.happened, what))


async def dispute_fee(tx: Tx, application_id: UUID) -> None:
    """The payment is disputed."""
    application = await _load(tx, application_id)
    await store.save(tx, application, facts.dispute_fee(application, tx.happened))


async def open_case(tx: Tx, application_id: UUID) -> None:
    """The panel's case was opened."""
    application = await _load(tx, application_id)
    await store.save(tx, application, facts.open_case(application, tx.happened))


async def decide(tx: Tx, decided: CaseDecided) -> None:
    """The panel decided."""
    application = await _load(tx, decided.application_id)
    await store.save(tx, application, facts.decide(application, decided, tx.happened))


async def issue_badge(tx: Tx, application_id: UUID, url: str) -> None:
    """A badge is public."""
    application = await _load(tx, application_id)
    await store.save(tx, application, facts.issue_badge(application, url, tx.happened))


async def change_badge(tx: Tx, application_id: UUID, what: str) -> None:
    """A badge was revoked, suspended or reinstated."""
    application = await _load(tx, application_id)
    await store.save(tx, application, facts.change_badge(application, what, tx.happened))


async def _load(tx: Tx, application_id: UUID) -> Application:
    application = await store.load(tx, application_id)
    if application is None:
        raise NotYet(f"application/{application_id}")
    return application
