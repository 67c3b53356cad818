"""Finds texts that no row names."""

from collections.abc import Sequence

from chassis.database.transaction import Tx

UNNAMED = """
    SELECT name FROM unnest($1::text[]) AS name
    WHERE NOT EXISTS (SELECT FROM seats s WHERE s.notes IS NOT NULL AND s.notes ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM seats s WHERE s.reason IS NOT NULL AND s.reason ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM decisions d WHERE d.letter ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM decisions d WHERE d.feedback ->> 'name' = name)
        AND NOT EXISTS (SELECT FROM decisions d WHERE d.reasons IS NOT NULL AND d.reasons ->> 'name' = name)
"""


async def unnamed(tx: Tx, names: Sequence[str]) -> list[str]:
    """The objects among these that no row names.

    Every column that holds a claim of ours belongs here. The sweep deletes objects that this query does not find.
    """
    return [row["name"] for row in await tx.fetch(UNNAMED, names)]
