"""The public catalog."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis.http import AfterName, decode_name, edge, page
from chassis.http.former import not_found
from services.intake import views
from services.intake.desk import Desk
from services.intake.routes import answer
from services.intake.store import catalog as store


def build(desk: Desk) -> APIRouter:
    """GET /api/credentials and GET /api/credentials/{slug}: of each credential the open version, else the newest."""
    router = APIRouter(prefix="/api/credentials", tags=["catalog"])

    @router.get("")
    async def credentials(
        request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterName = None
    ) -> Response:
        """The catalog, by slug."""
        slug = decode_name(after)
        async with edge(request).reading() as tx:
            found = await store.current_of_all(tx, desk.definitions, slug, limit + 1)
        shown = page(found, limit, lambda definition: definition.slug)
        return answer(shown | {"items": [views.credential(definition) for definition in shown["items"]]})

    @router.get("/{slug}")
    async def credential(request: Request, slug: str) -> Response:
        """One credential."""
        async with edge(request).reading() as tx:
            found = await store.current(tx, desk.definitions, slug) if slug.isprintable() else None
        if found is None:
            raise not_found(f"There is no credential {slug!r}; GET /api/credentials lists them.")
        return answer(views.credential(found))

    return router
