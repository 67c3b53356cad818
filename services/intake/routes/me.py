"""What belongs to a person: erasing oneself."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.http import edge, refused
from chassis.http.sessions import SignedIn
from services.intake.dependencies import Dependencies
from services.intake.usecases import erasure
from web import visitor


def router(deps: Dependencies) -> APIRouter:
    """DELETE /api/me."""
    routes = APIRouter(prefix="/api/me", tags=["people"])

    @routes.delete("", status_code=204, responses=refused(409))
    async def erase(request: Request, me: SignedIn) -> Response:
        """Erase oneself, at once and for good. Applications under way are withdrawn first. Accounting facts stay."""
        await edge(request).write(lambda tx: erasure.erase(tx, me.person_id, deps.traces))
        response = Response(status_code=204)
        visitor.forget(response)
        return response

    return routes
