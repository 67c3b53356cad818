"""SQL of requirements that are open again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.transaction import Tx
from services.intake.domain.applications import Application
from services.intake.domain.reopened import Reopened

REOPENED = """
    (SELECT coalesce(json_agg(r ORDER BY r.opened_at, r.reopening_id), '[]') FROM reopenings r
        WHERE r.application_id = a.application_id)
"""
ADD = """
    INSERT INTO reopenings (reopening_id, application_id, requirements, reason, actor, opened_at, until)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
END = "UPDATE reopenings SET until = $2 WHERE reopening_id = ANY($1) AND until > $2"


async def add(tx: Tx, application: Application, opened: Reopened, actor: UUID) -> None:
    """Add a reopening, with who opened it."""
    await tx.execute(
        ADD,
        opened.reopening_id,
        application.application_id,
        list(opened.requirements),
        opened.reason,
        actor,
        tx.now,
        opened.until,
    )


async def end(tx: Tx, reopening_ids: Sequence[UUID]) -> None:
    """End these reopenings now."""
    await tx.execute(END, list(reopening_ids), tx.now)


def reopened_from(found: list[dict[str, Any]]) -> tuple[Reopened, ...]:
    """Reopenings as PostgreSQL gives them."""
    return tuple(
        Reopened(
            UUID(one["reopening_id"]),
            tuple(one["requirements"]),
            one["reason"],
            datetime.fromisoformat(one["until"]),
        )
        for one in found
    )
