"""Keep how far consumers are, and let a stopped one go on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.events.ops import ResumeRequested
from services.ops.domain.pace import Progress, Sample
from services.ops.store import lag as store
from services.ops.store import letters as letter_store

KEPT = timedelta(minutes=15)


async def keep_samples(tx: Tx, reached: Sequence[Progress], at: datetime) -> None:
    """Keep how far consumers are now, and delete old samples."""
    await store.add_samples(tx, [Sample(at, one.consumer, one.topic, one.position, one.records) for one in reached])
    await store.forget_samples(tx, at - KEPT)


async def resume(tx: Tx, operator: UUID, consumer: str) -> None:
    """Ask a consumer that stopped itself to go on. One that runs ignores this."""
    await letter_store.lock_keys(tx, [consumer])
    await letter_store.note_request(tx, "resume", operator, consumer=consumer)
    await tx.emit(ResumeRequested(consumer=consumer))
