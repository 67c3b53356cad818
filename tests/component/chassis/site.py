"""A site of the tests' own around the small service's database: HTTP as every service has it, without Kafka."""

import re
from pathlib import Path
from uuid import uuid4

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response

from chassis.database.pool import Database
from chassis.http import Answer, Body, conflict, create_api, edge, not_found, once
from chassis.http.edge import Terms
from chassis.http.sessions import SignedIn, Staff, Tokens
from tests.one_service import SettableClock

TERMS = Terms("payments", hosts={"127.0.0.1", "pay.example"}, public=re.compile("/open/.*"))


class Thing(Body):
    name: str


def _routes() -> APIRouter:
    routes = APIRouter()

    @routes.post("/things")
    async def make(request: Request, body: Thing) -> JSONResponse:
        async with edge(request).transaction() as tx:

            async def work() -> Answer:
                if body.name == "taken":
                    raise conflict("taken", "The name is taken; choose another.")
                await tx.execute("INSERT INTO faults VALUES ($1, $2)", uuid4(), body.name)
                return Answer(201, {"id": uuid4()}, {"Location": "/things/1"})

            return await once(tx, request, "me", work)

    @routes.get("/me")
    async def me(me: SignedIn) -> dict[str, object]:
        return {"person_id": me.person_id, "roles": sorted(me.roles)}

    @routes.get("/staff")
    async def staff(me: Staff) -> dict[str, object]:
        return {"person_id": me.person_id}

    @routes.post("/staff")
    async def change(me: SignedIn) -> dict[str, object]:
        return {"person_id": me.person_id}

    @routes.post("/form")
    async def form(word: str = Form()) -> dict[str, object]:
        return {"word": word}

    @routes.get("/open/{name}")
    async def public(request: Request, name: str) -> Response:
        if name == "gone":
            raise not_found("It is gone.")
        return Response("open", headers={"Cache-Control": "public, max-age=60"})

    @routes.put("/stream")
    async def stream(request: Request) -> dict[str, object]:
        return {"size": sum([len(piece) async for piece in request.stream()])}

    @routes.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError("no server at 10.0.0.7")

    @routes.get("/fails")
    async def fails() -> None:
        raise RuntimeError("the word is swordfish")

    return routes


def make(database: Database, clock: SettableClock, jwks_file: Path) -> FastAPI:
    """The site's application."""
    api = create_api(database, [_routes()], {}, TERMS)
    api.state.tokens = Tokens(jwks_file, clock)
    return api
