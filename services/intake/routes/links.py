"""Asking for a sign-in link by e-mail."""

from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, refused
from services.intake.bodies import SignInBody
from services.intake.dependencies import Dependencies
from services.intake.limiting import answers_of
from services.intake.usecases import limits, links
from services.intake.views import people as views

SENT = views.Sent(
    detail="If this address can receive mail, a sign-in link is on its way to it. The link works once, for 15 minutes."
)


def router(deps: Dependencies) -> Router:
    """POST /api/sign-in."""
    routes = Router(prefix="/api", tags=["sign-in"])

    @routes.post("/sign-in", status_code=202, response_model=views.Sent, responses=refused(429))
    async def sign_in(request: Request, body: SignInBody) -> Response:
        """Have a link mailed. The answer is the same whether or not the address is known."""
        address = deps.mailable(body.email)
        counted = deps.limits.of(address.key, request.client.host if request.client else "")
        secret, new_person_id = deps.sealer.make(), uuid4()

        async def send(tx: Tx) -> Answer:
            await limits.take(tx, counted)
            await links.send(tx, address, body.name or "", secret, new_person_id)
            return Answer(202, SENT)

        return await answer_once(request, answers_of(address.key), send)

    return routes
