"""Files that programs ask every site for."""

from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.responses import Response

from chassis.http import Router
from services.intake.dependencies import Dependencies
from web import static
from web.rendering import Pages

ROBOTS = """User-agent: *
Disallow: /account
Disallow: /api/
Disallow: /applications
Disallow: /decisions
Disallow: /ops
Disallow: /payments/
Disallow: /review
Disallow: /sign-in
Disallow: /staff
"""
"""Personal pages are not for search engines. Credentials, achievements and badges are for everybody; a badge's own page
says whether it may be listed."""
_A_DAY = {"Cache-Control": "public, max-age=86400"}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/robots.txt and /favicon.ico, for the whole origin."""

    @router.get("/robots.txt")
    async def robots() -> Response:
        """Which pages search engines may read."""
        return PlainTextResponse(ROBOTS, headers=_A_DAY)

    @router.get("/favicon.ico")
    async def icon() -> Response:
        """The icon for programs that ask for it by this name."""
        return RedirectResponse(static.address("mark.svg"), 307, _A_DAY)
