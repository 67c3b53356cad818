"""Topics, how far consumers are on them, and the command to let one go on."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import AfterCount, Answer, Listed, Router, answer_once
from contracts.refusals import NotThere, Text
from contracts.topics import CONSUMERS
from services.ops.clients import Cluster
from services.ops.routes.parts import AllOrSome, part
from services.ops.usecases import consumers as usecases
from services.ops.views.consumers import LagShown, Resumed, lag_shown
from services.ops.views.topics import TopicShown, topics_shown
from services.ops.who import Operator


def router(cluster: Cluster) -> Router:
    """The routes. `cluster` knows the offsets."""
    routes = Router(prefix="/api/ops", tags=["topics and consumers"])

    @routes.get("/topics", response_model=Listed[TopicShown])
    async def topics(me: Operator, limit: AllOrSome = None, after: AfterCount = None) -> dict[str, Any]:
        """Every topic: who says, who hears, how much Kafka holds."""
        snapshot = await cluster.snapshot()
        return part(topics_shown(snapshot.offsets, snapshot.lags), limit, after)

    @routes.get("/consumers", response_model=Listed[LagShown])
    async def consumers(
        me: Operator,
        consumer: str | None = None,
        topic: str | None = None,
        limit: AllOrSome = None,
        after: AfterCount = None,
    ) -> dict[str, Any]:
        """Every consumer on every partition that it hears, with its lag in records and in seconds."""
        snapshot = await cluster.snapshot()
        chosen = [lag for lag in snapshot.lags if consumer in (None, lag.consumer) and topic in (None, lag.topic)]
        return part([lag_shown(lag) for lag in chosen], limit, after)

    @routes.post("/consumers/{consumer}/resume", status_code=202, response_model=Resumed)
    async def resume(request: Request, me: Operator, consumer: str) -> Response:
        """Let a consumer go on that stopped itself after too many dead letters. One that runs ignores this."""
        if consumer not in CONSUMERS:
            known = ", ".join(CONSUMERS)
            named = {"consumer": repr(consumer), "known": known}
            raise NotThere(Text("There is no consumer %(consumer)s; the consumers are %(known)s.", **named))

        async def work(tx: Tx) -> Answer:
            await usecases.resume(tx, me.person_id, consumer)
            return Answer(202, Resumed(consumer=consumer, asked="resume"))

        return await answer_once(request, me.person_id, work)

    return routes
