"""Signing in and out: a link by e-mail, a session for whoever opens it."""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chassis.http import Answer, edge, once, refused
from chassis.http.sessions import SignedIn
from contracts.session import COOKIE
from services.intake.bodies import SessionBody, SignInBody
from services.intake.clients import hash_of
from services.intake.desk import Desk
from services.intake.domain.links import Browser
from services.intake.domain.people import Person
from services.intake.domain.sessions import client_of
from services.intake.routes import answer
from services.intake.usecases import limits, people
from services.intake.views import people as views

SENT = views.Sent(
    detail="If this address can receive mail, a sign-in link is on its way to it. The link works once, for 15 minutes."
)


def build(desk: Desk) -> APIRouter:
    """POST /api/sign-in, POST /api/sessions, GET and DELETE /api/sessions/current."""
    router = APIRouter(prefix="/api", tags=["sign-in"])

    @router.post("/sign-in", status_code=202, response_model=views.Sent, responses=refused(429))
    async def sign_in(request: Request, body: SignInBody) -> JSONResponse:
        """Have a link mailed. The answer is the same whether or not the address is known."""
        address = desk.mailable(body.email)
        counted = desk.limits.of(address.key, request.client.host if request.client else "")
        secret = desk.sealer.make()
        async with edge(request).transaction() as tx:

            async def send() -> Answer:
                await limits.take(tx, counted)
                await people.send_link(tx, address, body.name or "", secret, uuid4())
                return Answer(202, SENT)

            # Not the address itself: keys of requests outlive people.
            return await once(tx, request, f"sign-in/{hashlib.sha256(address.key.encode()).hexdigest()}", send)

    @router.post("/sessions", status_code=201, response_model=views.NewSession, responses=refused(401))
    async def begin(request: Request, body: SessionBody) -> Response:
        """Use a link up and begin a session. Its token is in the answer and in a cookie."""
        person: Person | None = None
        here = Browser(client=client_of(request.headers.get("user-agent", "")))
        async with edge(request).transaction() as tx:

            async def use() -> Answer:
                # What is kept under the request's key is never the session's token, which is signed again instead.
                nonlocal person
                begun = await people.begin_session(tx, hash_of(body.token), desk.first_admin_key, here)
                person = begun.person
                return Answer(201, {"person_id": str(person.person_id), "began_at": begun.at})

            kept = orjson.loads(bytes((await once(tx, request, "sessions", use)).body))
            person = person or await people.find(tx, UUID(kept["person_id"]))
        token, expires_at = desk.signer.sign(person.person_id, datetime.fromisoformat(kept["began_at"]))
        response = answer(views.NewSession(access_token=token, expires_at=expires_at, person=views.person(person)), 201)
        desk.give_cookie(response, token)
        return response

    @router.get("/sessions/current", response_model=views.SignedIn)
    async def current(request: Request, me: SignedIn) -> Response:
        """Who is signed in."""
        async with edge(request).reading() as tx:
            return answer(views.SignedIn(person=views.person(await people.find(tx, me.person_id))))

    @router.delete("/sessions/current", status_code=204)
    async def end(request: Request, me: SignedIn) -> Response:
        """Sign out everywhere: every session of the person is void."""
        async with edge(request).transaction() as tx:
            await people.sign_out_everywhere(tx, me.person_id)
        response = Response(status_code=204)
        response.delete_cookie(COOKIE)
        return response

    return router
