"""Cohorts for people who may join them, and the cohort of an application."""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from fastapi.responses import Response

from chassis.http import Router, edge, refused
from chassis.http.sessions import SignedIn
from contracts import pages
from contracts.refusals import NotThere, Text
from services.intake.cohort_bodies import JoinBody
from services.intake.dependencies import Dependencies
from services.intake.domain.cohorts import PlaceState
from services.intake.routes.shown import shown
from services.intake.store import applications as applications_store
from services.intake.store import cohorts as store
from services.intake.usecases import cohorts
from services.intake.views import Items
from services.intake.views import applications as application_views
from services.intake.views import cohorts as views
from web import ics

CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sessions", "content": {"text/calendar": {"schema": {"type": "string"}}}}
}


def router(deps: Dependencies) -> Router:
    """GET /api/cohorts; PUT and DELETE /api/applications/{id}/cohort, GET .../cohort.ics."""
    routes = Router(tags=["cohorts"])

    @routes.get("/api/cohorts", response_model=Items[views.Offered])
    async def offered(
        request: Request, credential: Annotated[str | None, Query(max_length=80, description="a slug")] = None
    ) -> Response:
        """The cohorts that are open to applicants, without the addresses of their meetings."""
        async with edge(request).reading() as tx:
            found = await store.open_ones(tx, credential)
        return shown(Items(items=[views.offered(one, tx.now) for one in found]))

    @routes.put(
        "/api/applications/{application_id}/cohort",
        response_model=application_views.Application,
        responses=refused(404, 409),
    )
    async def join(request: Request, application_id: UUID, body: JoinBody, me: SignedIn) -> Response:
        """Take a place in a cohort, or the next one on its waiting list."""
        whose = (deps.definitions, application_id, me.person_id)
        await edge(request).write(lambda tx: cohorts.join(tx, *whose, body.cohort_id))
        return await _application(request, application_id, me.person_id)

    @routes.delete(
        "/api/applications/{application_id}/cohort",
        response_model=application_views.Application,
        responses=refused(404, 409),
    )
    async def leave(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """Leave the cohort, or its waiting list. The first person on the waiting list gets the place."""
        await edge(request).write(lambda tx: cohorts.leave(tx, deps.definitions, application_id, me.person_id))
        return await _application(request, application_id, me.person_id)

    @routes.get(
        "/api/applications/{application_id}/cohort.ics",
        response_class=Response,
        responses={**CALENDAR, **refused(404)},
    )
    async def calendar(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The sessions of the application's cohort as a calendar file, with the addresses of the meetings."""
        async with edge(request).reading() as tx:
            loaded = await applications_store.load_own(tx, deps.definitions, application_id, me.person_id)
        taken = loaded.cohort
        if taken is None or taken.place is not PlaceState.MEMBER:
            raise NotThere(Text("This application has no place in a cohort."))
        url = deps.public_url + pages.cohort(application_id)
        meetings = [
            ics.Meeting(
                meeting_id=one.session_id,
                starts_at=one.starts_at,
                minutes=one.minutes,
                title=one.title,
                sequence=one.sequence,
                cancelled=one.cancelled,
                url=url,
                place=one.link,
            )
            for one in taken.sessions
        ]
        return Response(
            ics.calendar(taken.name, ZoneInfo(taken.time_zone), meetings, deps.public_url, tx.now),
            media_type=ics.MEDIA_TYPE,
            headers={"Content-Disposition": 'attachment; filename="cohort.ics"'},
        )

    async def _application(request: Request, application_id: UUID, person_id: UUID) -> Response:
        async with edge(request).reading() as tx:
            loaded = await applications_store.load_own(tx, deps.definitions, application_id, person_id)
        return shown(await application_views.application(loaded, deps.objects))

    return routes
