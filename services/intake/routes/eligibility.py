"""The question of who may apply, if a credential has one."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.http import Router, edge, refused
from chassis.http.sessions import SignedIn
from services.intake.bodies import EligibilityBody
from services.intake.dependencies import Dependencies
from services.intake.routes.shown import shown
from services.intake.usecases import eligibility
from services.intake.views import applications as views


def router(deps: Dependencies) -> Router:
    """PUT /api/applications/{id}/eligibility."""
    routes = Router(prefix="/api/applications/{application_id}/eligibility", tags=["applications"])

    @routes.put("", response_model=views.Application, responses=refused(409))
    async def answer(request: Request, application_id: UUID, body: EligibilityBody, me: SignedIn) -> Response:
        """Say whether one may apply. It is the applicant's own answer, and may be changed until the fee is settled."""
        loaded = await edge(request).write(
            lambda tx: eligibility.answer(tx, deps.definitions, application_id, me.person_id, body.answer)
        )
        return shown(await views.application(loaded, deps.objects))

    return routes
