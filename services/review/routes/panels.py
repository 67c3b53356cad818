"""The route to assign people by hand."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, refused
from chassis.http.sessions import SignedIn
from services.review.bodies import AssignmentBody
from services.review.callers import caller_of
from services.review.usecases.panels import assign_by_hand
from services.review.views.panels import Assigned


def router() -> Router:
    """The route."""
    routes = Router(prefix="/api/review", tags=["cases"])

    @routes.post("/cases/{address}/assignments", status_code=201, response_model=Assigned, responses=refused(409))
    async def assign(request: Request, address: UUID, body: AssignmentBody, me: SignedIn) -> Response:
        """A chair or staff assigns a person, beside those whom the service finds."""

        async def assigned(tx: Tx) -> Answer:
            case, seat = await assign_by_hand(tx, address, caller_of(me), body.person_id, body.role)
            shown = Assigned(
                case_id=case.case_id, person_id=seat.person_id, role=seat.role, state=seat.state, due_at=case.due_at
            )
            return Answer(201, shown)

        return await answer_once(request, me.person_id, assigned)

    return routes
