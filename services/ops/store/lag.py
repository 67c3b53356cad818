"""How far consumers were in the last quarter of an hour."""

from collections.abc import Sequence
from datetime import datetime

from chassis.database.transaction import Tx
from services.ops.domain.pace import Sample

ADD_SAMPLES = """
    INSERT INTO lag_samples (at, consumer, topic, position, records)
    SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) ON CONFLICT DO NOTHING
"""
SAMPLES = "SELECT at, consumer, topic, position, records FROM lag_samples WHERE at >= $1 ORDER BY at, consumer, topic"
FORGET_SAMPLES = "DELETE FROM lag_samples WHERE at < $1"


async def add_samples(tx: Tx, samples: Sequence[Sample]) -> None:
    """Keep how far consumers are."""
    await tx.execute(
        ADD_SAMPLES,
        [sample.at for sample in samples],
        [sample.consumer for sample in samples],
        [sample.topic for sample in samples],
        [sample.position for sample in samples],
        [sample.records for sample in samples],
    )


async def samples(tx: Tx, since: datetime) -> list[Sample]:
    """How far consumers were since a time."""
    return [Sample(*row) for row in await tx.fetch(SAMPLES, since)]


async def forget_samples(tx: Tx, before: datetime) -> None:
    """Forget how far they were before a time."""
    await tx.execute(FORGET_SAMPLES, before)
