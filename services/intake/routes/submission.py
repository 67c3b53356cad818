"""The submission."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, refused
from chassis.http.sessions import SignedIn
from services.intake.dependencies import Dependencies
from services.intake.usecases import submission
from services.intake.views import applications as views


def router(deps: Dependencies) -> Router:
    """POST /api/applications/{id}/submission."""
    routes = Router(prefix="/api/applications/{application_id}/submission", tags=["applications"])

    @routes.post("", response_model=views.Application, responses=refused(409))
    async def submit(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """Hand the application to the panel."""

        async def work(tx: Tx) -> Answer:
            loaded = await submission.submit(tx, deps.definitions, application_id, me.person_id)
            return Answer(200, await views.application(loaded, deps.objects))

        return await answer_once(request, me.person_id, work)

    return routes
