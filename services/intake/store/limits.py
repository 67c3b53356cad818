"""SQL of limits: one row for each time, until it counts no more. All replicas count here."""

from collections.abc import Sequence
from datetime import datetime

from chassis.database.transaction import Tx
from services.intake.domain.limits import Limit

TAKE = "INSERT INTO sign_in_counts (who, until) SELECT * FROM times_with_room($1, $2, $3, $4) RETURNING who"
FULL = "SELECT until FROM full_limits($1, $2, $3, $4)"
FORGET = "DELETE FROM sign_in_counts WHERE until <= $1"


async def take(tx: Tx, limits: Sequence[Limit]) -> bool:
    """Count one time, now, for each; for none if one of them is full. Returns whether it counted. Others who count the
    same wait until the end of this transaction."""
    return bool(await tx.fetch(TAKE, *_asked(limits), tx.now))


async def full(tx: Tx, limits: Sequence[Limit]) -> list[datetime]:
    """For each full limit, the time when it has room again."""
    return [row["until"] for row in await tx.fetch(FULL, *_asked(limits), tx.now)]


async def forget(tx: Tx) -> None:
    """Delete times that count no more."""
    await tx.note(FORGET, tx.now)


def _asked(limits: Sequence[Limit]) -> tuple[list[object], ...]:
    rates = [limit.rate for limit in limits]
    return [limit.who for limit in limits], [rate.amount for rate in rates], [rate.window for rate in rates]
