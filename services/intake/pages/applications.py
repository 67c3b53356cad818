"""One's applications, to read: where each stands, what comes next, what was handed in, what was decided."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.http import edge
from chassis.http.sessions import Principal, find_principal
from contracts.refusals import NotSignedIn, Text
from services.intake.dependencies import Dependencies
from services.intake.pages import wording
from services.intake.store import applications as store
from services.intake.views import applications as views
from services.intake.views import catalog
from web.rendering import Pages

MOST_SHOWN = 200
_FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


def pages(router: APIRouter, deps: Dependencies, shown: Pages) -> None:
    """/applications, /applications/{id}. Every application is its applicant's alone."""

    @router.get("/applications")
    async def mine(request: Request) -> Response:
        """One's own applications, the newest first."""
        me = await somebody(request)
        async with edge(request).reading() as tx:
            found = await store.list_own(tx, deps.definitions, me.person_id, _FIRST, MOST_SHOWN)
        listed = [views.listed(loaded) for loaded in reversed(found)]
        return await shown.show(request, "intake/applications.html", applications=listed, wording=wording)

    @router.get("/applications/{application_id:uuid}")
    async def one(request: Request, application_id: UUID) -> Response:
        """One application."""
        me = await somebody(request)
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, deps.definitions, application_id, me.person_id)
        return await shown.show(
            request,
            "intake/application.html",
            application=await views.application(loaded, deps.objects),
            onlooker=False,
            listed=views.listed(loaded),
            credential=catalog.credential(loaded.definition),
            judging=loaded.definition.review,
            wording=wording,
        )


async def somebody(request: Request) -> Principal:
    """Who is signed in. Raises NotSignedIn."""
    me = await find_principal(request)
    if me is None:
        raise NotSignedIn(Text("Sign in to see your applications."))
    return me
