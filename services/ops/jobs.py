"""The jobs of `ops`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from chassis.database.pool import Database
from chassis.jobs import Job
from services.ops.clients import Cluster, KafkaAway
from services.ops.domain import pace
from services.ops.usecases import consumers
from services.ops.usecases import journal as usecases

log = structlog.get_logger(__name__)


async def forget_old(database: Database) -> None:
    """Delete what the topics do not keep any more."""
    await database.write(usecases.forget_old)


def jobs(cluster: Cluster) -> Sequence[Job]:
    """The jobs. `cluster` says how far consumers are."""

    async def sample_lag(database: Database) -> None:
        """Note how far consumers are, so that the page can tell whether they are catching up."""
        try:
            snapshot = await cluster.snapshot()
        except KafkaAway as error:
            log.warning("how far consumers are is not known at the moment", error=str(error))
            return
        reached, at = pace.progress_of(snapshot.lags), datetime.fromtimestamp(snapshot.at, UTC)
        await database.write(lambda tx: consumers.keep_samples(tx, reached, at))

    return (
        Job("forget-old-records", timedelta(hours=6), forget_old),
        Job("sample-lag", timedelta(seconds=30), sample_lag),
    )
