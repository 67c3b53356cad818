"""The route of the chair's decision."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, refused
from chassis.http.sessions import SignedIn
from services.review.bodies import DecisionBody
from services.review.callers import caller_of
from services.review.domain.decisions import Written
from services.review.routes.writing import answer_written
from services.review.usecases import decisions
from services.review.views.decisions import Decided
from services.review.writing import CaseWriter, put_decision, ruling_of


def router(writer: CaseWriter) -> Router:
    """The route. `writer` puts the texts into the object store."""
    routes = Router(prefix="/api/review/cases/{address}", tags=["judging"])

    @routes.post("/decision", status_code=201, response_model=Decided, responses=refused(409))
    async def decide(request: Request, address: UUID, body: DecisionBody, me: SignedIn) -> Response:
        """The case's chair decides, after their declaration and when all scores are final."""
        caller = caller_of(me)

        async def decided(tx: Tx, texts: Written) -> Answer:
            case_id, decision = await decisions.decide(tx, address, caller, ruling_of(body), texts)
            shown = Decided(
                case_id=case_id,
                decision_id=decision.decision_id,
                outcome=decision.outcome,
                decided_at=decision.decided_at,
                items=list(decision.results),
            )
            return Answer(201, shown)

        return await answer_written(
            request, writer, address, caller, lambda writing: put_decision(writing, body), decided
        )

    return routes
