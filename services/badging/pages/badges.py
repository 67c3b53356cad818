"""The public page of a badge. A request for JSON at the same address gets the credential itself."""

from uuid import UUID

from fastapi import Request, Response

from chassis.http import Router, edge
from contracts.refusals import NotThere, Text
from services.badging import store
from services.badging.domain.issuer import Issuer
from services.badging.representation import CREDENTIAL_TYPES, HTML, answer, chosen, described
from services.badging.views.badges import public_badge
from web.public import show_public
from web.rendering import Pages

MAX_AGE_SECONDS = 60


def add(routes: Router, who: Issuer, pages: Pages) -> None:
    """GET /badges/{badge_id}."""

    @routes.get("/badges/{badge_id}", response_class=Response, responses=described((HTML, *CREDENTIAL_TYPES)))
    async def badge(request: Request, badge_id: str) -> Response:
        """A badge's page; with `Accept` for JSON the credential."""
        media_type = chosen(request, (HTML, *CREDENTIAL_TYPES))
        found = None
        if _is_uuid(badge_id):
            async with edge(request).reading() as tx:
                found = await store.issued(tx, UUID(badge_id))
        if found is None or found.credential is None:
            if media_type != HTML:
                raise NotThere(Text("There is no such badge."))
            return await pages.show(request, "badging/missing.html", status=404, what="badge")
        if media_type != HTML:
            return answer(request, found.credential, media_type, MAX_AGE_SECONDS)
        return await show_public(
            pages, request, "badging/badge.html", max_age_seconds=MAX_AGE_SECONDS, badge=public_badge(who, found)
        )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
