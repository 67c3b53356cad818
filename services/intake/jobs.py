"""Time in: what ran out goes."""

from datetime import timedelta
from functools import partial

from chassis.database.pool import Database
from chassis.jobs import Job
from chassis.objects import ObjectStore
from chassis.writing import drop, sweep
from services.intake import exporting
from services.intake.domain.terms import Rules
from services.intake.exporting import Exporter
from services.intake.store import cohorts as cohorts_store
from services.intake.store import materials as store
from services.intake.store.cohort_places import KEEP_COHORTS
from services.intake.store.periods import CLOCK
from services.intake.usecases import clock, cohorts, exports, limits, links, sessions


def jobs(objects: ObjectStore, rules: Rules, exporter: Exporter) -> list[Job]:
    """The service's jobs. `rules`: the policy's, about deadlines."""

    async def look(database: Database) -> None:
        await look_at_the_clock(database, objects, rules)

    return [
        Job(CLOCK, timedelta(seconds=20), look, alone=False),
        Job(exports.MAKE, timedelta(seconds=30), partial(exporting.make_all, objects=objects, exporter=exporter)),
        Job("forget-exports", timedelta(minutes=10), partial(exporting.forget, objects=objects)),
        sweep(objects, store.unnamed),
        Job("forget-links", timedelta(hours=1), forget_links),
        Job(KEEP_COHORTS, timedelta(seconds=5), keep_cohorts),
        Job("forget-sign-in-counts", timedelta(seconds=15), forget_sign_in_counts, alone=False),
    ]


async def look_at_the_clock(database: Database, objects: ObjectStore, rules: Rules) -> None:
    """Warn, close and purge the applications whose time has come. A batch is a transaction, which holds its rows."""
    while True:
        looked, gone = await database.write(lambda tx: clock.look(tx, rules))
        await drop(objects, gone)
        if not looked:
            break
    while await database.write(lambda tx: clock.look_for_silent(tx, rules)):
        pass


async def forget_links(database: Database) -> None:
    """Links and sessions that ran out are forgotten."""
    await database.write(links.forget)
    await database.write(sessions.forget)


async def forget_sign_in_counts(database: Database) -> None:
    """What is not counted any more is forgotten."""
    await database.write(limits.forget)


async def keep_cohorts(database: Database) -> None:
    """Cohorts begin and finish with their sessions; whose application ended leaves, and who waits moves up."""
    async with database.reading() as tx:
        due = await cohorts_store.due(tx, tx.now)
    for cohort_id in due:
        await database.write(partial(cohorts.keep, cohort_id=cohort_id))
