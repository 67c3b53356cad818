"""The decision of a chair."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from chassis.database.transaction import Tx
from contracts.events.review import ItemResult
from services.review.domain import decisions
from services.review.domain.access import Caller
from services.review.domain.decisions import Decision, Ruling, Written
from services.review.store import decisions as store
from services.review.store.cases import Loaded
from services.review.usecases.access import load


async def decide(tx: Tx, address: UUID, caller: Caller, ruling: Ruling, written: Written) -> tuple[UUID, Decision]:
    """Decide the case and say so. Returns its id and the decision. Raises NotThere, NotYours, WrongState, Invalid."""
    found = await load(tx, address, caller)
    after, decision, event = decisions.decide(
        found.case, found.rubric, caller.person_id, ruling, written, uuid4(), tx.now
    )
    await store.save(tx, found.case, after, decision, says=[event])
    return after.case_id, decision


async def deciding(tx: Tx, address: UUID, caller: Caller) -> Loaded:
    """The case, for its chair who decides it now. Raises NotThere, NotYours, WrongState."""
    found = await load(tx, address, caller)
    decisions.decided_by(found.case, caller.person_id)
    return found


async def check(tx: Tx, address: UUID, caller: Caller, ruling: Ruling) -> Sequence[ItemResult]:
    """The results that this ruling would have; nothing is decided. Raises NotThere, NotYours, WrongState, Invalid."""
    found = await deciding(tx, address, caller)
    return decisions.results_of(found.case, found.rubric, ruling)
