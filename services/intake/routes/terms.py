"""Deadlines: renewals, and more time from staff."""

from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.sessions import SignedIn, Staff
from services.intake.dependencies import Dependencies
from services.intake.routes.shown import shown
from services.intake.staff_bodies import ExtensionBody
from services.intake.usecases import terms
from services.intake.views import applications as views
from services.intake.views import staff as staff_views


def router(deps: Dependencies) -> Router:
    """POST /api/applications/{id}/renewal and /api/staff/applications/{id}/extension."""
    routes = Router(tags=["deadlines"])
    definitions, rules = deps.definitions, deps.rules

    @routes.post("/api/applications/{application_id}/renewal", response_model=views.Application, responses=refused(409))
    async def ask_renewal(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """Ask to be carried over to the next period. It is done when the fee is paid, at `/payments/{renewal_id}`."""
        renewal_id = uuid4()

        async def work(tx: Tx) -> Answer:
            loaded = await terms.ask_renewal(tx, definitions, rules, application_id, me.person_id, renewal_id)
            return Answer(200, await views.application(loaded, deps.objects))

        return await answer_once(request, me.person_id, work)

    @routes.post(
        "/api/staff/applications/{application_id}/extension",
        response_model=staff_views.Application,
        responses=refused(409),
    )
    async def extend(request: Request, application_id: UUID, me: Staff, body: ExtensionBody) -> Response:
        """Extend one application until the end of a later day. It is noted in the audit trail."""
        entry = (uuid4(), me.person_id)
        seen = await edge(request).write(
            lambda tx: terms.extend(tx, definitions, rules, application_id, body.day, body.reason, entry)
        )
        return shown(await staff_views.application(seen, deps.objects))

    return routes
