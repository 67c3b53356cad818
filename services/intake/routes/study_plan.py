"""The study plan."""

from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.conditions import seen as seen_by
from chassis.http.conditions import tagged
from chassis.http.sessions import SignedIn
from contracts.editions import edition
from services.intake.bodies import PlanEntryBody
from services.intake.dependencies import Dependencies
from services.intake.domain.study_plan import Entry, EntryContent, find
from services.intake.routes.shown import shown
from services.intake.usecases import study_plan
from services.intake.usecases.study_plan import kept
from services.intake.views import Items
from services.intake.views import study_plan as views


def router(deps: Dependencies) -> Router:
    """/api/applications/{id}/study-plan: only for the applicant, in every state of the application."""
    routes = Router(prefix="/api/applications/{application_id}/study-plan", tags=["applications"])
    definitions = deps.definitions

    @routes.get("", response_model=Items[views.PlanEntry])
    async def read(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The whole plan. It is bounded."""
        async with edge(request).reading() as tx:
            plan = await study_plan.load(tx, definitions, application_id, me.person_id)
        return shown(Items(items=[views.entry(one) for one in plan.entries]))

    @routes.post("", status_code=201, response_model=views.PlanEntry, responses=refused(404, 409))
    async def add(request: Request, application_id: UUID, body: PlanEntryBody, me: SignedIn) -> Response:
        """Add an entry: a resource of the program, or something in the applicant's own words."""
        entry_id, wanted = uuid4(), EntryContent(**body.model_dump())

        async def work(tx: Tx) -> Answer:
            added = await study_plan.add(tx, definitions, application_id, me.person_id, entry_id, wanted)
            return Answer(201, views.entry(added))

        return await answer_once(request, me.person_id, work)

    @routes.get("/{entry_id}", response_model=views.PlanEntry)
    async def one(request: Request, application_id: UUID, entry_id: UUID, me: SignedIn) -> Response:
        """One entry. Its `ETag` is for `If-Match`."""
        async with edge(request).reading() as tx:
            plan = await study_plan.load(tx, definitions, application_id, me.person_id)
        return _shown(find(plan.entries, entry_id))

    @routes.put("/{entry_id}", response_model=views.PlanEntry, responses=refused(412))
    async def change(
        request: Request, application_id: UUID, entry_id: UUID, body: PlanEntryBody, me: SignedIn
    ) -> Response:
        """Change an entry. With `If-Match` (the `ETag` of what was read), another state is not overwritten: 412."""
        whose, seen = (definitions, application_id, me.person_id, entry_id), seen_by(request, edition(None))
        wanted = EntryContent(**body.model_dump())
        return _shown(await edge(request).write(lambda tx: study_plan.change(tx, *whose, wanted, seen)))

    @routes.delete("/{entry_id}", status_code=204, responses=refused(412))
    async def remove(request: Request, application_id: UUID, entry_id: UUID, me: SignedIn) -> Response:
        """Remove an entry. With `If-Match`, only if it is as it was read."""
        whose, seen = (definitions, application_id, me.person_id, entry_id), seen_by(request, edition(None))
        await edge(request).write(lambda tx: study_plan.remove(tx, *whose, seen))
        return Response(status_code=204)

    return routes


def _shown(entry: Entry) -> Response:
    return tagged(shown(views.entry(entry)), edition(kept(entry)))
