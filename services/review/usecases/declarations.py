"""Declarations on conflicts of interest, and cases that a panel member declines."""

from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.review.domain import declarations
from services.review.domain.access import Caller
from services.review.domain.seats import Seat
from services.review.store import cases as store
from services.review.usecases.access import load
from services.review.usecases.cases import ASSIGN


async def declare(
    tx: Tx, address: UUID, caller: Caller, conflict: bool, reason: ObjectClaim | None
) -> tuple[UUID, Seat]:
    """Declare on the case. A person with a conflict leaves the panel, and somebody else is looked for. Returns the
    case's id and the caller's seat. Raises NotThere, NotYours, WrongState."""
    found = await load(tx, address, caller)
    after, seat = declarations.declare(found.case, caller.person_id, conflict, reason)
    await store.save(tx, found.case, after)
    if seat.empty:
        tx.wake(ASSIGN)
    return after.case_id, seat


async def decline(tx: Tx, address: UUID, caller: Caller, reason: ObjectClaim) -> tuple[UUID, Seat]:
    """The caller leaves the panel, and somebody else is looked for. Returns the case's id and the caller's seat. Raises
    NotThere, NotYours, WrongState."""
    found = await load(tx, address, caller)
    after, seat = declarations.decline(found.case, caller.person_id, reason)
    await store.save(tx, found.case, after)
    tx.wake(ASSIGN)
    return after.case_id, seat
