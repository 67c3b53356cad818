"""The export of one's data: asked for on the account's page, made in the background, saved from there."""

from uuid import uuid4

from fastapi import Request
from starlette.responses import Response

from chassis import showing
from chassis.http import Router, edge
from contracts import pages as addresses
from contracts.refusals import NotThere, Text
from services.intake.dependencies import Dependencies
from services.intake.pages.erasure import somebody
from services.intake.store import exports as store
from services.intake.usecases import exports
from web.flash import done

FLASHES = {"export-asked": Text("Your data is being made ready. A mail tells you when you can save it.")}
NAME = "my-data"


def pages(router: Router, deps: Dependencies) -> None:
    """/account/export."""

    @router.post("/account/export")
    async def ask(request: Request) -> Response:
        """Ask for one's data. A second click changes nothing."""
        me, export_id = await somebody(request), uuid4()
        async with deps.writer.about(me.person_id) as written:
            replaced = await edge(request).write(lambda tx: exports.ask(tx, export_id, me.person_id))
            written.keep(replaced)
        return done(f"{addresses.ACCOUNT}#data", "export-asked")

    @router.get("/account/export")
    async def save(request: Request) -> Response:
        """The ZIP, while it exists."""
        me = await somebody(request)
        async with edge(request).reading() as tx:
            made = await store.find(tx, me.person_id)
        if made is None or made.file is None:
            raise NotThere(Text("There is no copy of your data to save; ask for one on your account."))
        return await showing.serve(deps.objects, made.file, NAME, export_id=made.export_id)
