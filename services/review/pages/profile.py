"""A reviewer's own profile, to read."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.http import edge
from chassis.http.sessions import SignedIn
from contracts.pages import REVIEW_PROFILE
from services.review.domain.access import Caller
from services.review.store import catalog
from services.review.usecases.profiles import show
from services.review.views.profile import profile_shown
from web.rendering import Pages


def pages(pages: Pages) -> APIRouter:
    """GET /review/profile."""
    router = APIRouter(include_in_schema=False)

    @router.get(REVIEW_PROFILE)
    async def profile(request: Request, me: SignedIn) -> Response:
        """What the caller says of themselves, and the agreements that this asks for."""
        async with edge(request).reading() as tx:
            shown = profile_shown(*await show(tx, Caller(me.person_id, me.roles)))
            names = await catalog.names(tx)
        return await pages.show(request, "review/profile.html", profile=shown, names=names)

    return router
