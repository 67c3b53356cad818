"""SQL of limits: one row for each time, until it counts no more. All replicas count here."""

from collections.abc import Sequence
from datetime import datetime

from chassis.database.transaction import Tx
from services.intake.domain.limits import Limit

# Transactions that count the same wait here until the other has committed or rolled back. All take several locks in one
# order.
LOCK = """
    SELECT pg_advisory_xact_lock(number) FROM (
        SELECT DISTINCT hashtextextended(encode(who, 'hex'),
            20) AS number FROM unnest($1::bytea[]) AS t (who) ORDER BY number OFFSET 0
    ) AS locks
"""
# For each full limit, the time when it has room again: all but `amount` - 1 of its times have left the window by then.
# Times that lie in the future, because a clock went back, are ignored.
FULL = """
    SELECT found.until FROM unnest($1::bytea[], $2::bigint[], $3::interval[]) AS l (who, amount, span)
    CROSS JOIN LATERAL (
        SELECT c.until FROM sign_in_counts c WHERE c.who = l.who AND c.until > $4::timestamptz
            AND c.until <= $4::timestamptz + 2 * l.span
        ORDER BY c.until DESC OFFSET l.amount - 1 LIMIT 1
    ) AS found
"""
COUNT = (
    "INSERT INTO sign_in_counts (who, until) SELECT who, $3::timestamptz + span FROM"
    " unnest($1::bytea[], $2::interval[]) AS l (who, span)"
)
FORGET = "DELETE FROM sign_in_counts WHERE until <= $1"


async def lock(tx: Tx, limits: Sequence[Limit]) -> None:
    """Lock these counts until the end of the transaction."""
    await tx.fetch(LOCK, [limit.who for limit in limits])


async def full(tx: Tx, limits: Sequence[Limit]) -> list[datetime]:
    """For each full limit, the time when it has room again."""
    rates = [limit.rate for limit in limits]
    rows = await tx.fetch(
        FULL, [limit.who for limit in limits], [rate.amount for rate in rates], [rate.window for rate in rates], tx.now
    )
    return [row["until"] for row in rows]


async def count(tx: Tx, limits: Sequence[Limit]) -> None:
    """Count one time, now, for each."""
    await tx.execute(COUNT, [limit.who for limit in limits], [limit.rate.window for limit in limits], tx.now)


async def forget(tx: Tx) -> None:
    """Delete times that count no more."""
    await tx.note(FORGET, tx.now)
