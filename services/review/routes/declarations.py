"""The routes of declarations on conflicts of interest, and of cases that a panel member declines."""

from functools import partial
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, refused
from chassis.http.sessions import SignedIn
from contracts.claims import ObjectClaim
from services.review.bodies import DeclarationBody, DeclineBody
from services.review.callers import caller_of
from services.review.routes.writing import answer_written
from services.review.usecases.declarations import declare, decline
from services.review.views.declarations import Declared, Declined
from services.review.writing import CaseWriter, put


def router(writer: CaseWriter) -> Router:
    """The routes. `writer` puts the texts into the object store."""
    routes = Router(prefix="/api/review/cases/{address}", tags=["judging"])

    @routes.post("/declaration", status_code=201, response_model=Declared, responses=refused(409))
    async def declaration(request: Request, address: UUID, body: DeclarationBody, me: SignedIn) -> Response:
        """Say whether there is a conflict of interest. If there is one, the case leaves the caller's queue and somebody
        else is looked for."""
        caller = caller_of(me)

        async def declared(tx: Tx, reason: ObjectClaim | None) -> Answer:
            case_id, seat = await declare(tx, address, caller, body.conflict, reason)
            return Answer(201, Declared(case_id=case_id, conflict=body.conflict, state=seat.state))

        if not body.conflict or not body.reason:
            return await answer_once(request, caller.person_id, partial(declared, reason=None))
        return await answer_written(
            request, writer, address, caller, lambda writing: put(writing, body.reason), declared
        )

    @routes.post("/decline", status_code=201, response_model=Declined, responses=refused(409))
    async def declines(request: Request, address: UUID, body: DeclineBody, me: SignedIn) -> Response:
        """Give the case up without a conflict of interest. It leaves the caller's queue, and somebody else is looked
        for."""
        caller = caller_of(me)

        async def declined(tx: Tx, reason: ObjectClaim) -> Answer:
            case_id, seat = await decline(tx, address, caller, reason)
            return Answer(201, Declined(case_id=case_id, state=seat.state))

        return await answer_written(
            request, writer, address, caller, lambda writing: writing.put_text(body.reason), declined
        )

    return routes
