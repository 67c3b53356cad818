"""The chair decides."""

from uuid import UUID, uuid4

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from services.review.domain import decisions
from services.review.domain.access import Caller
from services.review.domain.decisions import Ruling
from services.review.store import cases as store
from services.review.store.cases import Decision
from services.review.usecases.cases import hold


async def decide(
    tx: Tx,
    address: UUID,
    application_id: UUID,
    caller: Caller,
    ruling: Ruling,
    letter: ObjectClaim,
    feedback: ObjectClaim,
    reasons: ObjectClaim | None,
) -> tuple[UUID, Decision]:
    """Decide the case (of this application) and say so; returns its id and the decision. Raises NotThere, NotYours,
    Refused, BadInput."""
    case, rubric, _ = await hold(tx, address, caller, application_id)
    after, event = decisions.decide(case, rubric, caller.person_id, ruling, letter, feedback, uuid4())
    decision = Decision(event.decision_id, event.outcome, event.items, letter, feedback, tx.now)
    await store.save_decided(tx, case, after, decision, reasons, caller.person_id)
    await tx.emit(event)
    return after.case_id, decision
