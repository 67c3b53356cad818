"""SQL about the fees of renewals: each is a row of its own beside the application's fee (`0053_renewals.sql`)."""

from uuid import UUID

from chassis.database.transaction import Tx
from services.payments.domain.fees import Fee

HOLD_KEY = "SELECT application_id FROM fees WHERE application_id = $1 FOR NO KEY UPDATE"
OF_APPLICATION = "SELECT application_id FROM fees WHERE of_application = $1 ORDER BY application_id"


async def hold_key(tx: Tx, fee: Fee) -> None:
    """Hold the application's own fee: its id is the key of all that is said about the fees of an application.

    Whoever needs both holds the renewal's first.
    """
    await tx.lock(fee.application_id, HOLD_KEY, fee.application_id)


async def of_application(tx: Tx, application_id: UUID) -> list[UUID]:
    """The fees of an application's renewals."""
    return [row["application_id"] for row in await tx.fetch(OF_APPLICATION, application_id)]
