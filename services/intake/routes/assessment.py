"""The self-assessment."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.http import Router, edge, refused
from chassis.http.conditions import seen as seen_by
from chassis.http.conditions import tagged
from chassis.http.sessions import SignedIn
from contracts.editions import edition
from contracts.refusals import ChangedMeanwhile, NotThere, Text
from services.intake.bodies import SelfAssessmentBody
from services.intake.dependencies import Dependencies
from services.intake.routes.shown import shown
from services.intake.store import applications as store
from services.intake.store import assessments
from services.intake.store.applications import Loaded
from services.intake.usecases import assessment
from services.intake.views import Items
from services.intake.views import assessment as views


def router(deps: Dependencies) -> Router:
    """GET and PUT /api/applications/{id}/self-assessment."""
    routes = Router(prefix="/api/applications/{application_id}/self-assessment", tags=["applications"])

    @routes.get("", response_model=views.SelfAssessment)
    async def read(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The ratings, the gaps and the resources mapped to them. Its `ETag` is for `If-Match`."""
        loaded = await load(request, application_id, me.person_id)
        found = views.self_assessment(loaded.application, loaded.definition)
        if found is None:
            raise NotThere(Text("Nothing is rated yet."))
        return tagged(shown(found), edition(loaded.application.ratings))

    @routes.put("", response_model=views.Assessed, responses=refused(409, 412))
    async def assess(request: Request, application_id: UUID, body: SelfAssessmentBody, me: SignedIn) -> Response:
        """Rate one's readiness. The answer has the gaps and the resources mapped to them.

        With `If-Match` (the `ETag` of what was read), other ratings are not overwritten: 412.
        """
        whose, ratings = (deps.definitions, application_id, me.person_id), body.ratings
        seen = seen_by(request, edition(None))
        try:
            async with edge(request).reading() as before:
                await assessment.check(before, *whose, ratings, seen)
            async with deps.writer.about(me.person_id) as written:
                content = await written.put_json(ratings)
                assessed = await edge(request).write(
                    lambda tx: assessment.assess(tx, *whose, ratings, content, seen), after=before
                )
                written.keep(*assessed.replaced)
        except ChangedMeanwhile as changed:
            loaded = await load(request, application_id, me.person_id)
            found = views.self_assessment(loaded.application, loaded.definition)
            current = {} if found is None else found.model_dump()
            raise ChangedMeanwhile(changed.text, current=current) from None
        found_now = assessed.loaded
        answer = shown(views.assessed(found_now.application, found_now.definition))
        return tagged(answer, edition(found_now.application.ratings))

    async def load(request: Request, application_id: UUID, person_id: UUID) -> Loaded:
        async with edge(request).reading() as tx:
            return await store.load_own(tx, deps.definitions, application_id, person_id)

    @routes.get("/history", response_model=Items[views.GivenAssessment])
    async def history(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """Each self-assessment that was given, the latest first. The list is bounded."""
        async with edge(request).reading() as tx:
            await store.load_own(tx, deps.definitions, application_id, me.person_id)
            given = await assessments.list_of(tx, application_id)
        return shown(Items(items=[views.GivenAssessment(ratings=one.ratings, at=one.at) for one in given]))

    return routes
