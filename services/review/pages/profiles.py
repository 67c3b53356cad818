"""The page of a reviewer's own profile."""

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import SignedIn
from contracts.pages import REVIEW_PROFILE
from services.review.callers import caller_of
from services.review.store import credentials
from services.review.usecases.profiles import show
from services.review.views.profiles import profile_shown
from web.rendering import Pages


def pages(pages: Pages) -> Router:
    """GET /review/profile."""
    router = Router(include_in_schema=False)

    @router.get(REVIEW_PROFILE)
    async def profile(request: Request, me: SignedIn) -> Response:
        """What the caller says of themselves, and the agreements that they must sign for it."""
        async with edge(request).reading() as tx:
            shown = profile_shown(*await show(tx, caller_of(me)))
            names = await credentials.names(tx)
        return await pages.show(request, "review/profiles.html", profile=shown, names=names)

    return router
