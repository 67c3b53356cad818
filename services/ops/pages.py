"""HTTP in, for browsers: the console's one page."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chassis.http import edge
from chassis.http.sessions import Principal, find_principal
from chassis.telemetry import correlation
from contracts.topics import TOPICS
from services.ops import store, usecases
from services.ops.clients import Cluster, KafkaAway, Snapshot
from services.ops.domain.letters import State
from services.ops.usecases import Choice, NoSuchLetters
from services.ops.views import summed, topic_shown

HERE = Path(__file__).parent
MOST_LETTERS = 100
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def build(cluster: Cluster) -> APIRouter:
    """GET /ops, its form's POST /ops/redrive, and the style sheet. Whoever is no operator is told so in words."""
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (HERE / "static" / "ops.css").read_bytes()

    def page(template: str, status: int = 200, **facts: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(template).render(**facts), status, HEADERS)

    async def operator(request: Request) -> Principal | Response:
        me = await find_principal(request)
        if me is None:
            return refused("Sign in first, by the link that is mailed to you.", 401, "/signed-in")
        if "operator" not in me.roles:
            return refused("It needs the role operator; an administrator can give it to you.", 403)
        return me

    def refused(reason: str, status: int, sign_in: str = "") -> HTMLResponse:
        return page("refused.html", status, reason=reason, sign_in=sign_in, correlation_id=correlation.get())

    @router.get("/ops")
    async def console(request: Request, asked: int | None = None) -> Response:
        if isinstance(me := await operator(request), Response):
            return me
        snapshot, away = await _look(cluster)
        async with edge(request).transaction() as tx:
            letters = await store.list_letters(tx, State.FILED.value, None, None, None, None, MOST_LETTERS + 1)
        return page(
            "ops.html",
            asked=asked,
            kafka_away=away,
            consumers=[] if snapshot is None else summed(snapshot.lags),
            topics=[] if snapshot is None else [topic_shown(topic, snapshot) for topic in TOPICS.values()],
            letters=letters[:MOST_LETTERS],
            more=len(letters) > MOST_LETTERS,
        )

    @router.post("/ops/redrive")
    async def redrive(request: Request, id: Annotated[UUID, Form()]) -> Response:
        if isinstance(me := await operator(request), Response):
            return me
        try:
            async with edge(request).transaction() as tx:
                asked = await usecases.redrive(tx, me.person_id, Choice(ids=(id,)), dry_run=False)
        except NoSuchLetters as error:
            return refused(f"{error}. Go back and look at the list again.", 404)
        return RedirectResponse(f"/ops?asked={sum(len(group.letters) for group in asked.groups)}", 303)

    @router.get("/static/ops.css")
    async def style_sheet() -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    return router


async def _look(cluster: Cluster) -> tuple[Snapshot | None, str]:
    try:
        return await cluster.snapshot(), ""
    except KafkaAway as error:
        return None, f"{error}."
