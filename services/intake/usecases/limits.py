"""Limits, counted where all replicas see it. A refused act is not counted."""

from collections.abc import Sequence

from chassis.database.transaction import Tx
from contracts.refusals import TooOften
from services.intake.domain.limits import Limit, wait_seconds
from services.intake.store import limits as store


async def take(tx: Tx, limits: Sequence[Limit]) -> None:
    """Count one time for all of these limits, or refuse and count for none if one of them is full. A rollback takes the
    counts back."""
    if not await store.take(tx, limits):
        raise TooOften(wait_seconds(await store.full(tx, limits), tx.now))


async def forget(tx: Tx) -> None:
    """Delete times that count no more, so that no trace is kept longer than the window."""
    await store.forget(tx)
