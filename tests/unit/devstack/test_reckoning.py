"""An account names what is lost and what is doubled. Mails are collected while they come, because a mailbox keeps only
the newest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from devstack.account import Account
from devstack.ports import free_port
from devstack.reckoning import TEMPLATES, TO_THE_APPLICANT, Post
from devstack.world import World


def test_what_is_equal_makes_no_difference_in_whatever_order() -> None:
    account = Account()
    account.compare("things", ["b", "a", "a"], ["a", "b", "a"])
    account.compare("nothing", [], [])
    assert account.differences() == []
    assert [(line.what, line.went_in.total(), line.came_out.total()) for line in account.lines] == [
        ("things", 3, 3),
        ("nothing", 0, 0),
    ]


def test_what_is_lost_and_what_is_too_many_are_told_apart_and_shown() -> None:
    account = Account()
    account.compare("things", ["a", "a", "b"], ["a", "b", "b", "c"])
    account.compare("many", range(10), [])
    assert account.differences() == [
        "things: 1 lost, such as a",
        "things: 2 too many, such as b; c",
        "many: 10 lost, such as 0; 1; 2; 3; 4",
    ]


def test_an_applicant_gets_the_mails_that_are_not_for_the_panel_and_the_link() -> None:
    assert TEMPLATES.total() - TEMPLATES["reviewer_assigned"] + 1 == TO_THE_APPLICANT


class Mailbox:
    """Keeps the newest, and gives them newest first."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []

    def come(self, count: int) -> None:
        self.mails[:0] = [{"ID": f"mail-{len(self.mails) + number}"} for number in reversed(range(count))]

    async def messages(self, request: web.Request) -> web.Response:
        start, limit = int(request.query["start"]), int(request.query["limit"])
        return web.json_response({"messages": self.mails[start : start + limit]})


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, World]]:
    mailbox, app, port = Mailbox(), web.Application(), free_port()
    app.add_routes([web.get("/api/v1/messages", mailbox.messages)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with World({"mailbox": f"http://127.0.0.1:{port}"}) as world:
        yield mailbox, world
    await runner.cleanup()


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1234])
async def test_mails_that_the_mailbox_forgets_later_are_known(mailbox: tuple[Mailbox, World], count: int) -> None:
    box, world = mailbox
    post = Post(world)
    box.come(count)
    await post.collect()
    assert len(post.mails) == count
    box.come(777)
    await post.collect()
    box.mails.clear()
    await post.collect()
    assert len(post.mails) == count + 777
