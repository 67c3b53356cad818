"""Routes of a person's own data: the export and the erasure."""

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from chassis.http import Router, edge, refused
from chassis.http.sessions import SignedIn
from services.intake.dependencies import Dependencies
from services.intake.exporting import Sent
from services.intake.usecases import erasure, exports, people
from web import visitor


def router(deps: Dependencies) -> Router:
    """GET /api/me/export, DELETE /api/me."""
    routes = Router(prefix="/api/me", tags=["people"])

    @routes.get(
        "/export",
        response_class=StreamingResponse,
        responses={**refused(429), 200: {"content": {"application/zip": {}}, "description": "A ZIP, as it is made."}},
    )
    async def export(request: Request, me: SignedIn) -> Response:
        """Everything that intake holds about the caller, as a ZIP that is made while it is sent: `index.html` to read,
        `data.json` for programs (docs/personal-data.md), and the files. One at a time."""
        async with edge(request).reading() as tx:
            person = await people.find(tx, me.person_id)
            sections = await exports.collect(tx, me.person_id)
        deps.exporter.begin(me.person_id)
        return Sent(deps.exporter, me.person_id, deps.exporter.stream(person, sections, tx.now))

    @routes.delete("", status_code=204, responses=refused(409))
    async def erase(request: Request, me: SignedIn) -> Response:
        """Erase oneself, at once and for ever. Live applications are withdrawn first. Accounting facts stay."""
        await edge(request).write(lambda tx: erasure.erase(tx, me.person_id, deps.traces))
        response = Response(status_code=204)
        visitor.forget(response)
        return response

    return routes
