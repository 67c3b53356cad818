"""The referee's side of letters, by the token of a mailed link and without an account."""

from functools import partial

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Router, edge, refused
from services.intake import handing
from services.intake.bodies import TextBody
from services.intake.clients import hash_of
from services.intake.dependencies import Dependencies
from services.intake.domain.materials import Handed
from services.intake.routes.materials import put
from services.intake.routes.shown import shown
from services.intake.usecases import referees
from services.intake.views import letters as views

FORMS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": TextBody.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


def router(deps: Dependencies) -> Router:
    """/api/letters/{token}."""
    routes = Router(prefix="/api/letters/{token}", tags=["letters"])
    definitions = deps.definitions

    @routes.get("", response_model=views.Letter, responses=refused(404))
    async def look(request: Request, token: str) -> Response:
        """The letter that is asked for, and who asks. Looking uses nothing up."""
        return await found(request, token)

    @routes.put("", openapi_extra=FORMS, response_model=views.Letter, responses=refused(404, 409, 413, 415))
    async def hand_in(request: Request, token: str) -> Response:
        """Hand in the letter, once: a text or a file. The same letter sent again changes nothing."""
        database = edge(request)
        async with database.reading() as seen:
            asked = await referees.check(seen, definitions, hash_of(token))
        async with deps.writer.about(asked.applicant_id) as written:
            handed = await put(deps, request, written, asked.wanted(), database.clock())
            letter = handing.letter(handed, asked.request.request_id)
            if await database.write(partial(receive, token=token, letter=letter)):
                written.keep()
        return await found(request, token)

    @routes.post("/decline", response_model=views.Letter, responses=refused(404, 409))
    async def decline(request: Request, token: str) -> Response:
        """Decline to write it."""
        await edge(request).write(lambda tx: referees.decline(tx, definitions, hash_of(token)))
        return await found(request, token)

    async def receive(tx: Tx, token: str, letter: Handed) -> bool:
        return await referees.receive(tx, definitions, hash_of(token), letter)

    async def found(request: Request, token: str) -> Response:
        async with edge(request).reading() as tx:
            return shown(views.letter(await referees.look(tx, definitions, hash_of(token))))

    return routes
