"""The decision of a chair."""

from uuid import UUID, uuid4

from chassis.database.transaction import Tx
from services.review.domain import decisions
from services.review.domain.access import Caller
from services.review.domain.decisions import Decision, Ruling, Written
from services.review.store import decisions as store
from services.review.usecases.access import load


async def decide(tx: Tx, address: UUID, caller: Caller, ruling: Ruling, written: Written) -> tuple[UUID, Decision]:
    """Decide the case and say so. Returns its id and the decision. Raises NotThere, NotYours, WrongState, Invalid."""
    found = await load(tx, address, caller)
    after, decision, event = decisions.decide(
        found.case, found.rubric, caller.person_id, ruling, written, uuid4(), tx.now
    )
    await store.save(tx, found.case, after, decision, says=[event])
    return after.case_id, decision
