"""The public catalog."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis.http import AfterName, decode_name, edge, page
from chassis.http.former import not_found
from services.intake.desk import Desk
from services.intake.routes import answer
from services.intake.store import catalog as store
from services.intake.views import Items
from services.intake.views import catalog as views


def build(desk: Desk) -> APIRouter:
    """GET /api/credentials and GET /api/credentials/{slug}: of each credential the open version, else the newest."""
    router = APIRouter(prefix="/api/credentials", tags=["catalog"])

    @router.get("", response_model=Items[views.Credential])
    async def credentials(
        request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterName = None
    ) -> Response:
        """The catalog, by slug."""
        slug = decode_name(after)
        async with edge(request).reading() as tx:
            found = await store.current_of_all(tx, desk.definitions, slug, limit + 1)
        shown = page(found, limit, lambda definition: definition.slug)
        items = [views.credential(definition) for definition in shown["items"]]
        return answer(Items(items=items, next=shown["next"]))

    @router.get("/{slug}", response_model=views.Credential)
    async def credential(request: Request, slug: str) -> Response:
        """One credential."""
        async with edge(request).reading() as tx:
            found = await store.current(tx, desk.definitions, slug) if slug.isprintable() else None
        if found is None:
            raise not_found(f"There is no credential {slug!r}; GET /api/credentials lists them.")
        return answer(views.credential(found))

    return router
