"""Materials as pictures that we made, page by page."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.objects import Corrupt, Gone, StoreFailed
from contracts import pages as addresses
from contracts.refusals import NotNow, NotThere, Text
from services.intake.dependencies import Dependencies
from services.intake.domain import materials as rules
from services.intake.domain.materials import Handed
from services.intake.pages.own import somebody
from services.intake.picturing import Picture
from services.intake.store import applications as store
from services.intake.store.applications import Loaded
from services.intake.views import catalog
from web.rendering import Pages

PLACE = "/applications/{application_id:uuid}/materials/{key}/pages/{number}"
LOCKED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
}
Number = Annotated[int, Path(ge=1, le=100)]


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/materials/{requirement}/pages/{number}, and its picture."""

    @router.get(PLACE)
    async def look(
        request: Request, application_id: UUID, key: str, number: Number, artifact_id: UUID | None = None
    ) -> Response:
        """One page, with links to the others; words instead of it if it cannot be drawn."""
        loaded, handed = await find(request, application_id, key, artifact_id)
        picture = await picture_of(handed, number)
        here = f"{addresses.material(application_id, key)}/pages"
        query, file = ("", "") if artifact_id is None else (f"?artifact_id={artifact_id}", f"/{artifact_id}")
        return await shown.show(
            request,
            "intake/pictures.html",
            application_id=application_id,
            credential=catalog.credential(loaded.definition),
            requirement=catalog.Requirement(**catalog.asked(rules.find(loaded.definition, key))),
            name=handed.filename or key,
            number=number,
            pages=picture.pages,
            address=lambda page: f"{here}/{page}{query}",
            picture=f"{here}/{number}/picture{query}" if picture.png else "",
            file=f"/api{addresses.material(application_id, key)}{file}",
        )

    @router.get(PLACE + "/picture")
    async def picture(
        request: Request, application_id: UUID, key: str, number: Number, artifact_id: UUID | None = None
    ) -> Response:
        """The picture of one page."""
        _, handed = await find(request, application_id, key, artifact_id)
        made = await picture_of(handed, number)
        if not made.png:
            raise no_picture()
        return Response(made.png, media_type="image/png", headers=LOCKED)

    async def find(request: Request, application_id: UUID, key: str, artifact_id: UUID | None) -> tuple[Loaded, Handed]:
        me = await somebody(request)
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, deps.definitions, application_id, me.person_id)
        for one in loaded.handed:
            if (one.requirement, one.artifact_id) == (key, artifact_id):
                return loaded, one
        raise NotThere(Text("This material does not exist, or it was taken back."))

    async def picture_of(handed: Handed, number: int) -> Picture:
        try:
            made = await deps.picturer.page(handed.content, number)
        except Gone:
            made = None
        except (Corrupt, StoreFailed):
            raise NotNow(Text("This cannot be shown at the moment. You can still save the file itself.")) from None
        if made is None:
            raise no_picture()
        return made


def no_picture() -> NotThere:
    """There is no such page, or no picture of it."""
    return NotThere(Text("There is no picture of this page. You can still save the file itself."))
