"""The jobs: they delete expired things and act on deadlines."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.jobs import Job
from chassis.objects import ObjectStore
from chassis.writing import drop, sweep
from services.intake import exporting, personal
from services.intake.clients import Sealer
from services.intake.domain.links import Secret
from services.intake.domain.terms import Rules
from services.intake.exporting import Exporter
from services.intake.store import cohorts as cohorts_store
from services.intake.store import letters as letters_store
from services.intake.store import materials as store
from services.intake.store import moves as moves_store
from services.intake.store.catalog import Definitions
from services.intake.store.cohort_places import KEEP_COHORTS
from services.intake.store.letters import RequestKey
from services.intake.store.periods import CLOCK
from services.intake.usecases import clock, cohorts, contacts, exports, letters, limits, links, moves, sessions

AT_ONCE = 50
"""So many applications at a time are looked up to be moved."""


def jobs(
    objects: ObjectStore,
    rules: Rules,
    exporter: Exporter,
    sealer: Sealer,
    definitions: Definitions,
    contacts_kept: timedelta | None,
) -> list[Job]:
    """The jobs of the service. `rules`: the policy's rules of deadlines. `contacts_kept`: how long a contact that
    nobody needs is kept; None: for ever."""

    async def look(database: Database) -> None:
        await look_at_the_clock(database, objects, rules)

    return [
        Job(CLOCK, timedelta(seconds=20), look, alone=False),
        Job(exports.MAKE, timedelta(seconds=30), partial(exporting.make_all, objects=objects, exporter=exporter)),
        Job("forget-exports", timedelta(minutes=10), partial(exporting.forget, objects=objects)),
        sweep(objects, store.unnamed),
        Job(moves.JOB, timedelta(seconds=30), partial(move_applications, definitions)),
        Job("forget-links", timedelta(hours=1), forget_links),
        Job("remind-referees", timedelta(minutes=1), partial(remind_referees, sealer, definitions)),
        Job(letters.SETTLE, timedelta(minutes=1), settle_letters),
        Job(KEEP_COHORTS, timedelta(seconds=5), keep_cohorts),
        Job("forget-contacts", timedelta(hours=1), partial(forget_contacts, contacts_kept)),
        Job("forget-sign-in-counts", timedelta(seconds=15), forget_sign_in_counts, alone=False),
    ]


async def look_at_the_clock(database: Database, objects: ObjectStore, rules: Rules) -> None:
    """Warn about, close and purge the applications whose time has come. Each batch is a transaction that locks its
    rows."""
    while True:
        looked, gone = await database.write(lambda tx: clock.look(tx, rules))
        await drop(objects, gone)
        if not looked:
            break
    while await database.write(lambda tx: clock.look_for_silent(tx, rules)):
        pass


async def forget_links(database: Database) -> None:
    """Delete expired links and sessions."""
    await database.write(links.forget)
    await database.write(sessions.forget)
    await database.write(letters.forget_links)


async def remind_referees(sealer: Sealer, definitions: Definitions, database: Database) -> None:
    """Remind people who were asked for a letter and have not answered. After an outage, too, each gets one mail."""
    more = True
    while more:
        async with database.reading() as tx:
            due = await letters_store.due(tx, letters.MOST_AT_ONCE)
        reminded = 0
        for key in due:
            reminded += await database.write(_reminding(definitions, key, sealer.make()))
        more = reminded == letters.MOST_AT_ONCE


def _reminding(definitions: Definitions, key: RequestKey, secret: Secret) -> Callable[[Tx], Awaitable[bool]]:
    return lambda tx: letters.remind_on_time(tx, definitions, key, secret)


async def settle_letters(database: Database) -> None:
    """Close requests whose application went on without them. Delete their referees as soon as nobody waits for them."""
    await database.write(letters.settle)
    async with database.reading() as tx:
        settled = await letters_store.settled(tx, letters.MOST_AT_ONCE)
    for person_id in settled:
        await database.write(partial(letters.forget, tables=personal.TABLES, person_id=person_id))


async def forget_contacts(kept: timedelta | None, database: Database) -> None:
    """Contacts that nobody needs are erased some time after they were made: each by itself, some at a time."""
    more = kept is not None
    while kept is not None and more:
        async with database.reading() as tx:
            due = await contacts.due(tx, kept)
        for person_id in due:
            await database.write(partial(contacts.forget, tables=personal.TABLES, person_id=person_id, kept=kept))
        more = len(due) == contacts.MOST_AT_ONCE


async def forget_sign_in_counts(database: Database) -> None:
    """Delete counts that are outside of every window."""
    await database.write(limits.forget)


async def move_applications(definitions: Definitions, database: Database) -> None:
    """Move applications that wait to another version, or back: each in its own transaction, some at a time."""
    while True:
        async with database.reading() as tx:
            waiting = await moves_store.to_do(tx, AT_ONCE)
        for move_id, application_id in waiting:
            audit_id = uuid4()
            await database.write(partial(_carry_on, definitions, move_id, application_id, audit_id))
        if len(waiting) < AT_ONCE:
            return


async def _carry_on(definitions: Definitions, move_id: UUID, application_id: UUID, audit_id: UUID, tx: Tx) -> None:
    await moves.carry_on(tx, definitions, move_id, application_id, audit_id)


async def keep_cohorts(database: Database) -> None:
    """Begin and finish cohorts with their sessions. Applications that ended lose their places, and the next ones on the
    waiting list move up."""
    async with database.reading() as tx:
        due = await cohorts_store.due(tx, tx.now)
    for cohort_id in due:
        await database.write(partial(cohorts.keep, cohort_id=cohort_id))
