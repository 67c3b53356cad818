"""One consumer: how far it is on each partition, and a form to let it go on."""

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from contracts import pages as addresses
from contracts.pages import CONSOLE
from contracts.refusals import NotThere, Text
from contracts.topics import CONSUMERS
from services.ops.clients import Cluster, KafkaAway
from services.ops.domain.lag import Lag
from services.ops.usecases import consumers as usecases
from services.ops.views.consumers import lag_shown
from services.ops.who import Operator
from web.flash import done
from web.rendering import Pages


def pages(pages: Pages, cluster: Cluster) -> Router:
    """GET /ops/consumers/{consumer} and its form."""
    router = Router(prefix=f"{CONSOLE}/consumers", include_in_schema=False)

    @router.get("/{consumer}")
    async def one(request: Request, me: Operator, consumer: str) -> Response:
        """A consumer on all partitions that it hears."""
        _known(consumer)
        lags: list[Lag] = []
        away = ""
        try:
            lags = [lag for lag in (await cluster.snapshot()).lags if lag.consumer == consumer]
        except KafkaAway as error:
            away = str(error)
        return await pages.show(
            request,
            "ops/consumer.html",
            consumer=consumer,
            kafka_away=away,
            lags=[lag_shown(lag) for lag in sorted(lags, key=lambda lag: -lag.lag_records)],
        )

    @router.post("/{consumer}/resume")
    async def resume(request: Request, me: Operator, consumer: str) -> Response:
        """Ask it to go on."""
        _known(consumer)
        await edge(request).write(lambda tx: usecases.resume(tx, me.person_id, consumer))
        return done(addresses.consumer(consumer), "resume_asked")

    return router


def _known(consumer: str) -> None:
    if consumer not in CONSUMERS:
        names = ", ".join(CONSUMERS)
        raise NotThere(Text("There is no such consumer; the consumers are %(names)s.", names=names))
