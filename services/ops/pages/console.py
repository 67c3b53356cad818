"""The console's first page."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from services.ops.clients import Cluster, KafkaAway
from services.ops.domain import pace
from services.ops.usecases import console as usecases
from services.ops.views.console import console_shown
from services.ops.who import Operator
from web.rendering import Pages


def pages(pages: Pages, cluster: Cluster, now: Callable[[], datetime]) -> Router:
    """GET /ops. `now`: the real time, which Kafka's records are dated by."""
    router = Router(include_in_schema=False)

    @router.get("/ops")
    async def console(request: Request, me: Operator, still: bool = False) -> Response:
        """The page; for htmx, only the part that changes. `still`: it does not refresh itself."""
        lags, away = [], ""
        try:
            lags = (await cluster.snapshot()).lags
        except KafkaAway as error:
            away = str(error)
        async with edge(request).reading() as tx:
            known = await usecases.know(tx, now())
        earlier = pace.compared(known.samples, now())
        judged = [pace.judge(one, earlier.get((one.consumer, one.topic)), now()) for one in pace.progress_of(lags)]
        shown = console_shown(now(), away, judged, known.filed, known.spans, known.outboxes, known.mail_not_taken)
        page = await pages.show(request, "ops/console.html", fragment="live", console=shown, still=still)
        page.headers["Cache-Control"] = "no-store"
        return page

    return router
