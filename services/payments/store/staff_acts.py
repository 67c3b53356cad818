"""SQL about what staff did about fees, and about the fees of an application as staff see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.database.transaction import Tx
from services.payments.domain.staff_acts import Act, Kind
from services.payments.store.fees import PAYMENTS, Shown, shown_from

ADD = "INSERT INTO staff_acts (act_id, fee_id, kind, actor, at, reason) VALUES ($1, $2, $3, $4, $5, $6)"
# The application's own fee first, then those of its renewals; the id may be that of any of them.
OF_APPLICATION = f"""
    SELECT f.*, {PAYMENTS}, coalesce(c.name, f.credential) AS its_name,
        coalesce((SELECT jsonb_agg(s ORDER BY s.at) FROM staff_acts s WHERE s.fee_id = f.application_id), '[]') AS acts
    FROM fees seen
    JOIN fees f ON f.application_id = coalesce(seen.of_application, seen.application_id)
        OR f.of_application = coalesce(seen.of_application, seen.application_id)
    LEFT JOIN credentials c ON c.slug = f.credential AND c.version = f.credential_version
    WHERE seen.application_id = $1
    ORDER BY f.of_application IS NOT NULL, f.asked_at, f.application_id
"""


@dataclass(frozen=True, slots=True)
class Overseen:
    """A fee as staff see it, with what staff did about it."""

    shown: Shown
    acts: tuple[Act, ...]


async def add(tx: Tx, fee_id: UUID, act: Act) -> None:
    """Keep what was done. Save the fee first."""
    await tx.note(ADD, act.act_id, fee_id, act.kind, act.actor, act.at, act.reason)


async def of_application(tx: Tx, fee_id: UUID) -> list[Overseen]:
    """All fees of the application to which this fee belongs, its own first; none if the fee is not known."""
    return [
        Overseen(shown_from(row), tuple(_act(one) for one in row["acts"]))
        for row in await tx.fetch(OF_APPLICATION, fee_id)
    ]


def _act(found: Record) -> Act:
    return Act(
        UUID(found["act_id"]),
        Kind(found["kind"]),
        UUID(found["actor"]),
        datetime.fromisoformat(found["at"]),
        found["reason"],
    )
