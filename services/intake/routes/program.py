"""The program, for its staff: every version, the state of one, and what the files say."""

from typing import Annotated
from uuid import uuid4

from fastapi import Path, Request
from fastapi.responses import Response

from chassis.http import Router, edge, refused
from chassis.http.sessions import Staff
from services.intake.dependencies import Dependencies
from services.intake.routes.shown import shown
from services.intake.staff_bodies import CredentialStateBody
from services.intake.usecases import catalog, program
from services.intake.views import program as views

Slug = Annotated[str, Path(max_length=80)]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


def router(deps: Dependencies) -> Router:
    """/api/staff/program: the whole, /{slug}/{version}, its /state, and /publication."""
    routes = Router(prefix="/api/staff/program", tags=["staff"])

    @routes.get("", response_model=views.Program)
    async def whole(request: Request, _: Staff) -> Response:
        """Every version: what is published, what its file says now, and the faults of the files."""
        files = await deps.program.read()
        async with edge(request).reading() as tx:
            return shown(views.program(await program.versions(tx), files))

    @routes.post("/publication", response_model=views.Program, responses=refused(409))
    async def publish(request: Request, me: Staff) -> Response:
        """Publish what the files say now, as a restart does. Refused while the files have faults."""
        files = await deps.program.read()
        definitions = program.right(files.definitions, files.faults)
        database = edge(request)
        await database.write(lambda tx: catalog.publish_files(tx, definitions, uuid4(), me.person_id))
        async with database.reading() as tx:
            return shown(views.program(await program.versions(tx), files))

    @routes.get("/{slug}/{version}", response_model=views.OneVersion)
    async def one(request: Request, _: Staff, slug: Slug, version: Version) -> Response:
        """A version: its state and who changed it, live applications, differences."""
        return shown(await views.read(edge(request), deps.program, slug, version))

    @routes.put("/{slug}/{version}/state", response_model=views.OneVersion, responses=refused(409))
    async def set_state(
        request: Request, me: Staff, slug: Slug, version: Version, body: CredentialStateBody
    ) -> Response:
        """Change the state, which says who may begin. Live applications go on. The change is published and noted in the
        audit trail."""
        ids, lacking = (uuid4(), uuid4()), deps.program.lacking
        await edge(request).write(
            lambda tx: catalog.set_state(tx, slug, version, body.state, body.reason, lacking, ids, me.person_id)
        )
        return shown(await views.read(edge(request), deps.program, slug, version))

    return routes
