"""Requirements of a submitted application that staff open again."""

from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.sessions import Staff
from services.intake.dependencies import Dependencies
from services.intake.staff_bodies import ReopeningBody
from services.intake.store import applications as store
from services.intake.usecases import reopenings
from services.intake.views import applications as views


def router(deps: Dependencies) -> Router:
    """/api/staff/applications/{id}/reopenings."""
    routes = Router(prefix="/api/staff/applications/{application_id}/reopenings", tags=["staff"])

    @routes.post("", response_model=views.Application, status_code=201, responses=refused(409))
    async def reopen(request: Request, application_id: UUID, me: Staff, body: ReopeningBody) -> Response:
        """Let the applicant hand in requirements anew after the submission. They are told by mail."""
        ids = uuid4(), uuid4()

        async def work(tx: Tx) -> Answer:
            asked = (body.requirements, body.until, body.reason, me.person_id)
            await reopenings.reopen(tx, deps.definitions, application_id, ids, *asked)
            seen = await store.load_anybodys(tx, deps.definitions, application_id)
            return Answer(201, await views.application(seen, deps.objects))

        return await answer_once(request, me.person_id, work)

    @routes.delete("/{reopening_id}", status_code=204, responses=refused(404))
    async def end(request: Request, application_id: UUID, reopening_id: UUID, me: Staff) -> Response:
        """End a reopening early. What was handed in anew stays."""
        audit_id = uuid4()
        await edge(request).write(
            lambda tx: reopenings.end(tx, deps.definitions, application_id, reopening_id, audit_id, me.person_id)
        )
        return Response(status_code=204)

    return routes
