"""Roles are given through intake's API by an administrator, with a stand-in for intake and the mailbox at the
socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from cli.roles import give_roles
from devstack.names import ADMIN
from devstack.ports import free_port
from devstack.world import WalkFailed, World

PEOPLE = {"robin@example.org": {"person_id": "4be0643f-1d98-573b-97cd-ca98a65347dd", "roles": ["staff"]}}


class Standing:
    """Knows one person, mails the administrator a link, and refuses whoever is not that administrator."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = [{"ID": "old", "Text": "an earlier link: token=used-up"}]
        self.roles = {address: list(person["roles"]) for address, person in PEOPLE.items()}

    async def sign_in(self, request: web.Request) -> web.Response:
        if (await request.json())["email"] == ADMIN:
            self.mails.insert(0, {"ID": "new", "Text": "http://x/sign-in?token=fresh"})
        return web.json_response({}, status=202)

    async def search(self, request: web.Request) -> web.Response:
        return web.json_response({"messages": [{"ID": mail["ID"]} for mail in self.mails]})

    async def message(self, request: web.Request) -> web.Response:
        return web.json_response(next(mail for mail in self.mails if mail["ID"] == request.match_info["id"]))

    async def sessions(self, request: web.Request) -> web.Response:
        if (await request.json())["token"] != "fresh":
            return web.json_response({"type": "used-link"}, status=401)
        person = {"person_id": "0b3a4c3e-0000-4000-8000-000000000001", "email": ADMIN, "roles": ["admin"]}
        return web.json_response({"access_token": "of-the-admin", "person": person}, status=201)

    async def find(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer of-the-admin":
            return web.json_response({"type": "not-yours"}, status=403)
        person = PEOPLE.get(request.query["email"])
        return web.json_response({"items": [person] if person else [], "next": None})

    async def put(self, request: web.Request) -> web.Response:
        address = next(a for a, person in PEOPLE.items() if person["person_id"] == request.match_info["id"])
        self.roles[address] = (await request.json())["roles"]
        return web.json_response({**PEOPLE[address], "roles": self.roles[address]})


@pytest.fixture
async def standing() -> AsyncIterator[tuple[Standing, World]]:
    standing, app, port = Standing(), web.Application(), free_port()
    app.add_routes(
        [
            web.post("/api/sign-in", standing.sign_in),
            web.post("/api/sessions", standing.sessions),
            web.get("/api/people", standing.find),
            web.put("/api/people/{id}/roles", standing.put),
            web.get("/api/v1/search", standing.search),
            web.get("/api/v1/message/{id}", standing.message),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    address = f"http://127.0.0.1:{port}"
    yield standing, World({"intake": address, "mailbox": address})
    await runner.cleanup()


@pytest.mark.parametrize("wanted", [["reviewer", "chair"], []])
async def test_roles_become_exactly_those_that_are_named(standing: tuple[Standing, World], wanted: list[str]) -> None:
    intake, world = standing
    assert await give_roles(world, "robin@example.org", wanted) == wanted
    assert intake.roles == {"robin@example.org": wanted}


async def test_somebody_unknown_is_refused_with_the_remedy_and_nothing_changes(
    standing: tuple[Standing, World],
) -> None:
    intake, world = standing
    with pytest.raises(WalkFailed, match=r"nobody@example\.org.*Sign in with it once"):
        await give_roles(world, "nobody@example.org", ["admin"])
    assert intake.roles == {"robin@example.org": ["staff"]}
