"""The public page of an achievement. A request for JSON at the same address gets the document that badges contain."""

import orjson
from fastapi import Request, Response

from chassis.http import Router, edge
from contracts.catalog import CredentialDefinition
from contracts.refusals import NotThere, Text
from services.badging import store
from services.badging.domain import credentials
from services.badging.domain.issuer import Issuer
from services.badging.representation import HTML, LINKED_DATA_TYPES, answer, chosen, described
from services.badging.views.achievements import achievement as view_of
from web.public import show_public
from web.rendering import Pages

MAX_AGE_SECONDS = 300
_TYPES = (HTML, *LINKED_DATA_TYPES)


def add(routes: Router, who: Issuer, pages: Pages) -> None:
    """GET /achievements/{slug} and /achievements/{slug}/{version}."""

    @routes.get("/achievements/{slug}", response_class=Response, responses=described(_TYPES))
    async def newest_achievement(request: Request, slug: str) -> Response:
        """The newest version of an achievement."""
        async with edge(request).reading() as tx:
            found = await store.newest_definition(tx, slug)
        return await show(request, found)

    @routes.get("/achievements/{slug}/{version}", response_class=Response, responses=described(_TYPES))
    async def achievement(request: Request, slug: str, version: str) -> Response:
        """One version of an achievement. Its address is the id in badges."""
        found = None
        if version.isascii() and version.isdigit() and len(version) < 9:
            async with edge(request).reading() as tx:
                found = await store.definition(tx, slug, int(version))
        return await show(request, found)

    async def show(request: Request, definition: CredentialDefinition | None) -> Response:
        media_type = chosen(request, _TYPES)
        if definition is None or definition.state == "planned":
            if media_type != HTML:
                raise NotThere(Text("There is no such achievement."))
            return await pages.show(request, "badging/missing.html", status=404, what="achievement")
        if media_type != HTML:
            document = {"@context": list(credentials.CONTEXTS), **credentials.achievement(who, definition)}
            return answer(request, orjson.dumps(document), media_type, MAX_AGE_SECONDS)
        return await show_public(
            pages,
            request,
            "badging/achievement.html",
            max_age_seconds=MAX_AGE_SECONDS,
            achievement=view_of(definition),
            issuer=who,
        )
