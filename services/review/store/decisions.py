"""Decisions on cases."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.database.transaction import Tx
from contracts.claims import ObjectClaim
from contracts.event import Event
from contracts.events.review import ItemResult
from services.review.domain.cases import Case
from services.review.domain.decisions import Decision
from services.review.store import cases
from services.review.store.seats import claim_of, dump_claim

AS_JSON = (
    "(SELECT json_agg(row_to_json(decisions) ORDER BY decisions.number) FROM decisions WHERE"
    " decisions.case_id = cases.case_id) AS its_decisions"
)
"""A column of a query of `cases`."""

DECIDE = f"""{cases.WRITE}
    INSERT INTO decisions (case_id, number, decision_id, outcome, results, letter, feedback, reasons, decided_by,
        decided_at)
    SELECT case_id, (SELECT count(*) + 1 FROM decisions AS former WHERE former.case_id = written.case_id),
        $7, $8, $9, $10, $11, $12, $13, $14
    FROM written
    RETURNING case_id
"""


async def save(tx: Tx, before: Case, after: Case, decision: Decision, *, says: Sequence[Event]) -> None:
    """Write the decided case with its next decision, and say so."""
    await tx.save(
        after.application_id,
        DECIDE,
        *cases.changes(tx, before, after),
        decision.decision_id,
        decision.outcome,
        [result.model_dump(mode="json") for result in decision.results],
        dump_claim(decision.letter),
        dump_claim(decision.feedback),
        dump_claim(decision.reasons),
        decision.decided_by,
        decision.decided_at,
        says=says,
    )


def decision_of(row: Mapping[str, Any]) -> Decision:
    """A row of `decisions` as JSON."""
    return Decision(
        decision_id=UUID(row["decision_id"]),
        outcome=row["outcome"],
        results=tuple(ItemResult.model_validate(result) for result in row["results"]),
        letter=ObjectClaim.model_validate(row["letter"]),
        feedback=ObjectClaim.model_validate(row["feedback"]),
        reasons=claim_of(row["reasons"]),
        decided_by=UUID(row["decided_by"]),
        decided_at=datetime.fromisoformat(row["decided_at"]).astimezone(UTC),
    )
