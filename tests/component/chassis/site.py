"""A site for tests with the small service's database: the HTTP of every service, without Kafka."""

import re
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response

from chassis.database.pool import Database
from chassis.database.transaction import Tx
from chassis.http import Answer, BadGateway, BadRequest, Body, Router, answer_once, create_api
from chassis.http.edge import EdgeSettings
from chassis.http.sessions import SignedIn, Staff, Tokens
from contracts import refusals
from contracts.refusals import Fault, NotThere, Plural, Refused, Text, WrongState
from tests.one_service import SettableClock

SETTINGS = EdgeSettings("payments", hosts={"127.0.0.1", "pay.example"}, public=re.compile("/open/.*"))


PLACE = Fault("place", Text("lies in the sea"))
KINDS: dict[str, Refused] = {
    "not_signed_in": refusals.NotSignedIn(Text("The token is over.")),
    "not_yours": refusals.NotYours(Text("It is %(whose)s.", whose=Text("somebody else's"))),
    "not_there": NotThere(Text("There is no such cup.")),
    "wrong_state": WrongState(Text("It is broken."), type="cup_broken", title=Text("A broken cup"), faults=[PLACE]),
    "changed_meanwhile": refusals.ChangedMeanwhile(Text("It was painted."), current={"colour": "red"}),
    "too_large": refusals.TooLarge(Text("At most %(most)s cups.", most=6)),
    "wrong_media_type": refusals.WrongMediaType(Text("Cups only.")),
    "invalid": refusals.Invalid(Fault("size", Text("must be at most %(most)s", most=3)), PLACE),
    "too_often": refusals.TooOften(7),
    "not_now": refusals.NotNow(
        Plural("Wait for one cup.", "Wait for %(number)s cups.", 2), type="cups_away", retry_after_seconds=5
    ),
    "bad_request": BadRequest(Text("It cannot be read, 100%% of it."), type="bad_cup"),
    "bad_gateway": BadGateway(Text("The potter said no."), type="potter_refused"),
}
"""One refusal of each kind."""


class Thing(Body):
    name: str


def _routes() -> Router:
    routes = Router()

    @routes.post("/things")
    async def make(request: Request, body: Thing) -> JSONResponse:
        async def work(tx: Tx) -> Answer:
            if body.name == "taken":
                raise WrongState(Text("The name is taken; choose another."), type="taken")
            await tx.note("INSERT INTO faults VALUES ($1, $2)", uuid4(), body.name)
            return Answer(201, {"id": uuid4()}, {"Location": "/things/1"})

        return await answer_once(request, "me", work)

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
            raise NotThere(Text("It is gone."))
        return Response("open", headers={"Cache-Control": "public, max-age=60"})

    @routes.put("/stream")
    async def stream(request: Request) -> dict[str, object]:
        return {"size": sum([len(piece) async for piece in request.stream()])}

    @routes.get("/refused/{kind}")
    @routes.get("/api/refused/{kind}")
    async def refused(kind: str) -> None:
        raise KINDS[kind]

    @routes.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError("no server at 10.0.0.7")

    @routes.get("/fails")
    async def fails() -> None:
        raise RuntimeError("the word is swordfish")

    return routes


def make(database: Database, clock: SettableClock, jwks_file: Path) -> FastAPI:
    """The site's application."""
    api = create_api(database, [_routes()], SETTINGS)
    api.state.tokens = Tokens(jwks_file, clock)
    return api
