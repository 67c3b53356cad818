"""The self-assessment."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.http import edge, refused
from chassis.http.sessions import SignedIn
from services.intake.bodies import SelfAssessmentBody
from services.intake.dependencies import Dependencies
from services.intake.routes.shown import shown
from services.intake.usecases import assessment
from services.intake.views import applications as views


def router(deps: Dependencies) -> APIRouter:
    """PUT /api/applications/{id}/self-assessment."""
    routes = APIRouter(prefix="/api/applications/{application_id}/self-assessment", tags=["applications"])

    @routes.put("", response_model=views.Assessed, responses=refused(409))
    async def assess(request: Request, application_id: UUID, body: SelfAssessmentBody, me: SignedIn) -> Response:
        """Rate one's readiness; the gaps and the resources mapped to them."""
        whose, ratings = (deps.definitions, application_id, me.person_id), body.ratings
        async with edge(request).reading() as seen:
            await assessment.check(seen, *whose, ratings)
        async with deps.writer.about(me.person_id) as written:
            content = await written.put_json(ratings)
            assessed = await edge(request).write(lambda tx: assessment.assess(tx, *whose, ratings, content), after=seen)
            written.keep(*assessed.replaced)
        return shown(views.assessed(assessed.loaded.application, assessed.loaded.definition))

    return routes
