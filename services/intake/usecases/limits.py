"""What may be done only so often, counted where all replicas see it. What is refused is not counted."""

from collections.abc import Sequence

from chassis.database.transaction import Tx
from contracts.refusals import TooOften
from services.intake.domain.limits import Limit, wait_seconds
from services.intake.store import limits as store


async def take(tx: Tx, limits: Sequence[Limit]) -> None:
    """Count one time for all of these limits, or for none: refuses if one of them is full. With the transaction it all
    ends."""
    await _refuse_if_full(tx, limits)  # whoever asks far too often waits for nobody, and holds nobody up
    await store.lock(tx, limits)
    await _refuse_if_full(tx, limits)
    await store.count(tx, limits)


async def _refuse_if_full(tx: Tx, limits: Sequence[Limit]) -> None:
    if free_at := await store.full(tx, limits):
        raise TooOften(wait_seconds(free_at, tx.now))


async def forget(tx: Tx) -> None:
    """Forget what counts no more: of whoever asked, nothing is kept longer than the window."""
    await store.forget(tx)
