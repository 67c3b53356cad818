"""Signing in and out: a session for the person who opens a mailed link."""

from datetime import datetime
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.sessions import SignedIn
from contracts.session import COOKIE
from services.intake.bodies import SessionBody
from services.intake.clients import hash_of
from services.intake.dependencies import Dependencies
from services.intake.domain.links import Browser
from services.intake.domain.people import Person
from services.intake.domain.sessions import client_of
from services.intake.routes.shown import shown
from services.intake.usecases import people, sessions
from services.intake.views import people as views


def router(deps: Dependencies) -> Router:
    """POST /api/sessions, GET and DELETE /api/sessions/current."""
    routes = Router(prefix="/api/sessions", tags=["sign-in"])

    @routes.post("", status_code=201, response_model=views.NewSession, responses=refused(401))
    async def begin(request: Request, body: SessionBody) -> Response:
        """Use a link and begin a session. Its token is in the answer and in a cookie."""
        person: Person | None = None
        here = Browser(client=client_of(request.headers.get("user-agent", "")))

        async def use(tx: Tx) -> Answer:
            # The answer that is stored under the request's key never has the session's token. The token is signed again
            # instead.
            nonlocal person
            begun = await sessions.begin(tx, hash_of(body.token), deps.first_admin_key, here)
            person = begun.person
            return Answer(201, {"person_id": str(person.person_id), "began_at": begun.at})

        kept = orjson.loads(bytes((await answer_once(request, "sessions", use)).body))
        if person is None:
            async with edge(request).reading() as tx:
                person = await people.find(tx, UUID(kept["person_id"]))
        token, expires_at = deps.signer.sign(person.person_id, datetime.fromisoformat(kept["began_at"]))
        response = shown(views.NewSession(access_token=token, expires_at=expires_at, person=views.person(person)), 201)
        deps.give_cookie(response, token)
        return response

    @routes.get("/current", response_model=views.SignedIn)
    async def current(request: Request, me: SignedIn) -> Response:
        """The signed-in person."""
        async with edge(request).reading() as tx:
            return shown(views.SignedIn(person=views.person(await people.find(tx, me.person_id))))

    @routes.delete("/current", status_code=204)
    async def end(request: Request, me: SignedIn) -> Response:
        """Sign out everywhere: every session of the person becomes void."""
        await edge(request).write(lambda tx: sessions.sign_out_everywhere(tx, me.person_id))
        response = Response(status_code=204)
        response.delete_cookie(COOKIE)
        return response

    return routes
