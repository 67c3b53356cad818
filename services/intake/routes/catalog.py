"""The public catalog."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis.http import AfterName, decode_name, edge
from chassis.http import page as page_of
from services.intake import views
from services.intake.dependencies import Dependencies
from services.intake.domain.applications import no_credential
from services.intake.routes.shown import shown
from services.intake.store import catalog as store


def router(deps: Dependencies) -> APIRouter:
    """GET /api/credentials and GET /api/credentials/{slug}: of each credential the open version, else the newest."""
    routes = APIRouter(prefix="/api/credentials", tags=["catalog"])

    @routes.get("")
    async def credentials(
        request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterName = None
    ) -> Response:
        """The catalog, by slug."""
        slug = decode_name(after)
        async with edge(request).reading() as tx:
            found = await store.current_of_all(tx, deps.definitions, slug, limit + 1)
        page = page_of(found, limit, lambda definition: definition.slug)
        return shown(page | {"items": [views.credential(definition) for definition in page["items"]]})

    @routes.get("/{slug}")
    async def credential(request: Request, slug: str) -> Response:
        """One credential."""
        async with edge(request).reading() as tx:
            found = await store.current(tx, deps.definitions, slug) if slug.isprintable() else None
        if found is None:
            raise no_credential(slug)
        return shown(views.credential(found))

    return routes
