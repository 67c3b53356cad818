"""Time in: what ran out goes."""

from datetime import timedelta
from functools import partial

from chassis.database.pool import Database
from chassis.jobs import Job
from chassis.objects import ObjectStore
from chassis.writing import sweep
from services.intake import exporting
from services.intake.exporting import Exporter
from services.intake.store import materials as store
from services.intake.usecases import exports, limits, links, sessions


def jobs(objects: ObjectStore, exporter: Exporter) -> list[Job]:
    """The service's jobs."""
    return [
        Job(exports.MAKE, timedelta(seconds=30), partial(exporting.make_all, objects=objects, exporter=exporter)),
        Job("forget-exports", timedelta(minutes=10), partial(exporting.forget, objects=objects)),
        sweep(objects, store.unnamed),
        Job("forget-links", timedelta(hours=1), forget_links),
        Job("forget-sign-in-counts", timedelta(seconds=15), forget_sign_in_counts, alone=False),
    ]


async def forget_links(database: Database) -> None:
    """Links and sessions that ran out are forgotten."""
    await database.write(links.forget)
    await database.write(sessions.forget)


async def forget_sign_in_counts(database: Database) -> None:
    """What is not counted any more is forgotten."""
    await database.write(limits.forget)
