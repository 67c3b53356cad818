"""The jobs: work on Stripe's events, and send requests to Stripe (again)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

import structlog
from prometheus_client import Gauge

from chassis.database.pool import AWAY, Database
from chassis.jobs import Job
from chassis.telemetry import correlation
from services.payments import outside, store, usecases
from services.payments.clients import Unreachable
from services.payments.domain import checkouts, receipts
from services.payments.outside import Desk

log = structlog.get_logger(__name__)

AT_ONCE = 3
BATCH = 60
UNKNOWN_FOR = timedelta(hours=24)
"""After this time an event of an unknown application needs a person."""

FOR_A_PERSON = Gauge(
    "microcred_payments_for_a_person", "Payments and Stripe events that a person must look at", ["what"]
)


class Story(Protocol):
    """A row with the correlation id of an application's story."""

    @property
    def correlation_id(self) -> UUID: ...


S = TypeVar("S", bound=Story)


def jobs(desk: Desk, settle_every: timedelta) -> list[Job]:
    """The service's jobs. `settle_every`: how often the service searches for pages to ask Stripe about."""
    return [
        Job(usecases.EVENTS, timedelta(seconds=2), work_on_events, alone=False),
        Job(usecases.CHARGES, timedelta(seconds=10), lambda database: ask_charges(database, desk)),
        Job(usecases.REFUNDS, timedelta(seconds=5), lambda database: give_back(database, desk)),
        Job("payments-checkouts", settle_every, lambda database: settle_checkouts(database, desk)),
        Job("payments-alerts", timedelta(seconds=30), count_alerts),
    ]


async def work_on_events(database: Database) -> None:
    """Work on Stripe's events, oldest first, each in a transaction of its own."""
    while True:
        async with database.reading() as tx:
            events = await store.stripe_events.find_open(tx, BATCH)
        for event in events:
            with _story(event.correlation_id):
                try:
                    await database.write(partial(usecases.work_on_event, event=event))
                except AWAY:
                    raise
                except Exception as error:
                    log.exception("a Stripe event failed", event_id=event.event_id)
                    await database.write(partial(usecases.put_off_event, event=event, error=error))
        if len(events) < BATCH:
            return


async def ask_charges(database: Database, desk: Desk) -> None:
    """Ask Stripe for its fees of payments."""

    async def later(payment: store.payments.Uncharged) -> None:
        await database.write(
            lambda tx: store.payments.put_off_charge(
                tx, payment.payment_intent, receipts.ask_again_at(payment.arrived_at, tx.now)
            )
        )

    async with database.reading() as tx:
        payments = await store.payments.uncharged(tx, BATCH)
    await _each(payments, lambda payment: outside.ask_charge(database, desk, payment), later)


async def give_back(database: Database, desk: Desk) -> None:
    """Give back payments that are not due."""

    async def later(payment: store.payments.Returning) -> None:
        await database.write(
            lambda tx: store.payments.put_off_return(
                tx, payment.payment_intent, receipts.ask_again_at(payment.moved_at, tx.now)
            )
        )

    async with database.reading() as tx:
        payments = await store.payments.returning(tx, BATCH)
    await _each(payments, lambda payment: outside.give_back(database, desk, payment), later)


async def settle_checkouts(database: Database, desk: Desk) -> None:
    """Ask Stripe about pages without a webhook. This makes up for lost webhooks."""

    async def later(unsettled: store.checkouts.Unsettled) -> None:
        await database.write(
            lambda tx: store.checkouts.put_off(
                tx, unsettled.checkout, checkouts.ask_again_at(unsettled.asked_at, tx.now, desk.pace)
            )
        )

    while True:
        async with database.reading() as tx:
            unsettled = await store.checkouts.unsettled(tx, BATCH)
        reached = await _each(unsettled, lambda one: outside.settle_checkout(database, desk, one), later)
        if not reached or len(unsettled) < BATCH:
            return


async def count_alerts(database: Database) -> None:
    """Set the gauge of payments and events that wait for a person."""
    async with database.reading() as tx:
        counts = await store.payments.count_for_a_person(tx, tx.now - UNKNOWN_FOR)
    for what, count in counts.items():
        FOR_A_PERSON.labels(what).set(count)


async def _each(items: Sequence[S], ask: Callable[[S], Awaitable[bool]], later: Callable[[S], Awaitable[None]]) -> bool:
    """Ask about each, a few at once. Those without an answer are put off. False if Stripe cannot be reached; then the
    rest is not asked."""
    places = asyncio.Semaphore(AT_ONCE)
    reached = True

    async def one(item: S) -> None:
        nonlocal reached
        with _story(item.correlation_id):
            async with places:
                answered = False
                if reached:
                    try:
                        answered = await ask(item)
                    except Unreachable as error:
                        reached = False
                        log.warning("Stripe cannot be reached", error=str(error))
                    except AWAY:
                        raise
                    except Exception:  # logged; it is asked again later, and does not hold up other payments
                        log.exception("asking Stripe failed")
                if not answered:
                    await later(item)

    await asyncio.gather(*(one(item) for item in items))
    return reached


@contextmanager
def _story(correlation_id: UUID | None) -> Iterator[None]:
    before = correlation.set(correlation_id)
    try:
        yield
    finally:
        correlation.reset(before)
