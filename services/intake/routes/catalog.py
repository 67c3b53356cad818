"""The public catalog."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from chassis.http import AfterName, Router, decode_name, edge, listed
from services.intake.dependencies import Dependencies
from services.intake.domain.beginning import no_credential
from services.intake.routes.shown import shown
from services.intake.store import catalog as store
from services.intake.views import Items
from services.intake.views import catalog as views


def router(deps: Dependencies) -> Router:
    """GET /api/credentials and GET /api/credentials/{slug}: the open version of each credential, else the newest."""
    routes = Router(prefix="/api/credentials", tags=["catalog"])

    @routes.get("", response_model=Items[views.Credential])
    async def credentials(
        request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterName = None
    ) -> Response:
        """The catalog, by slug."""
        slug = decode_name(after)
        async with edge(request).reading() as tx:
            found = await store.current_of_all(tx, deps.definitions, slug, limit + 1)
        page = listed(found, limit, lambda definition: definition.slug)
        items = [views.credential(definition) for definition in page["items"]]
        return shown(Items(items=items, next=page["next"]))

    @routes.get("/{slug}", response_model=views.Credential)
    async def credential(request: Request, slug: str) -> Response:
        """One credential."""
        async with edge(request).reading() as tx:
            found = await store.current(tx, deps.definitions, slug) if slug.isprintable() else None
        if found is None:
            raise no_credential(slug)
        return shown(views.credential(found))

    return routes
