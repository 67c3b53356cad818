"""The number of statements for each step of a journey. BEGIN, COMMIT, and reading the signed-in person count too."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from contracts.events.links import LinkIssued
from tests.component.intake.walker import BASIC, PDF, Applicant, Walker


@asynccontextmanager
async def listening(intake: Walker) -> AsyncIterator[list[str]]:
    """What the service's connections are asked. They keep their listeners when they are back in the pool."""
    asked: list[str] = []

    def hear(record: asyncpg.connection.LoggedQuery) -> None:
        if "typeinfo_tree" not in record.query and "'jit'" not in record.query:  # asyncpg gets to know types
            asked.append(" ".join(record.query.split()))

    pool = intake.one.database.pool
    async with AsyncExitStack() as stack:
        for _ in range(pool.get_size()):
            connection = await stack.enter_async_context(pool.acquire())
            connection.add_query_logger(hear)
    yield asked


async def test_a_journey_takes_so_many_statements_and_no_more(intake: Walker, ada: Applicant) -> None:
    warm = await intake.complete(ada)
    await intake.call(ada, "POST", f"{warm}/withdrawal", 200)
    counts: list[tuple[str, int]] = []
    async with listening(intake) as asked:

        async def count(what: str, method: str, path: str, status: int = 200, **request: object) -> dict[str, str]:
            asked.clear()
            body = await intake.call(ada, method, path, status, **request)
            counts.append((what, len(asked)))
            return body

        async def token() -> str:
            link = (await intake.one.events(LinkIssued))[-1]
            assert isinstance(link, LinkIssued)
            return intake.open_link(link)

        await count("ask for a link", "POST", "/api/sign-in", 202, json={"email": "ada@example.org"})
        await count("sign in", "POST", "/api/sessions", 201, json={"token": await token()})
        await count("ask as a stranger", "POST", "/api/sign-in", 202, json={"email": "eve@example.org"})
        await count("sign in first", "POST", "/api/sessions", 201, json={"token": await token()})
        intake.client.cookies.clear()
        started = await count("start", "POST", "/api/applications", 201, json={"credential": "weaving"})
        path = f"/api/applications/{started['application_id']}"
        await count("describe a person anew", "PUT", f"{path}/basic-information", json=BASIC | {"name": "Ada L"})
        # Who is signed in is looked up again: the person was changed.
        await count("describe", "PUT", f"{path}/basic-information", json=BASIC | {"name": "Ada L", "phone": "1"})
        await count("agree", "PUT", f"{path}/agreement", json={"accepted": True, "version": "1"})
        asked.clear()
        await intake.pay(ada, path)
        counts.append(("hear of the fee", len(asked)))
        await count("assess", "PUT", f"{path}/self-assessment", json={"ratings": {"warp": 1, "weft": 4}})
        await count("choose a path", "PUT", f"{path}/path", json={"path": "spoken"})
        await count("hand in", "PUT", f"{path}/materials/essay", json={"text": "Two words"})
        await count("take back", "DELETE", f"{path}/materials/essay", 204)
        await count("hand in a file", "PUT", f"{path}/materials/cv", files={"file": ("cv.pdf", PDF)})
        talk = {"url": "https://video.example.org/1", "minutes": 17}
        await count("hand in a link", "PUT", f"{path}/materials/talk", json=talk)
        await count("hand in again", "PUT", f"{path}/materials/essay", json={"text": "Other words"})
        await count("submit", "POST", f"{path}/submission")
        await count("read", "GET", path)
        await count("withdraw", "POST", f"{path}/withdrawal", json={"reason": "Enough"})
        start = {"json": {"credential": "weaving"}, "headers": {"Idempotency-Key": "k"}}
        await count("start under a key", "POST", "/api/applications", 201, **start)
        intake.one.clock.move(seconds=1)
        await count("sign out", "DELETE", "/api/sessions/current", 204)
    assert counts == [
        ("ask for a link", 6),
        ("sign in", 2),
        ("ask as a stranger", 7),
        ("sign in first", 6),
        ("start", 2),
        ("describe a person anew", 7),
        ("describe", 4),
        ("agree", 2),
        ("hear of the fee", 6),
        ("assess", 2),
        ("choose a path", 2),
        ("hand in", 2),
        ("take back", 2),
        ("hand in a file", 2),
        ("hand in a link", 2),
        ("hand in again", 2),
        ("submit", 2),
        ("read", 1),
        ("withdraw", 2),
        ("start under a key", 7),
        ("sign out", 7),
    ]
