"""Dead letters: the list, and requests to consumers about them."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import (
    AfterPlace,
    Answer,
    Listed,
    Router,
    answer_once,
    decode_place,
    edge,
    encode_place,
    listed,
    refused,
)
from services.ops.bodies import DiscardBody, Filter, RedriveBody
from services.ops.domain.letters import State
from services.ops.routes.parts import Limit
from services.ops.store import letters as store
from services.ops.usecases import letters as usecases
from services.ops.usecases.letters import Choice
from services.ops.views.letters import AskedShown, LetterShown, asked_shown, letter_shown
from services.ops.who import Operator


def choice_of(body: RedriveBody) -> Choice:
    """The letters that a body names."""
    if body.ids is not None:
        return Choice(ids=tuple(body.ids))
    found = body.filter or Filter()
    return Choice(None, found.consumer, found.topic, found.key)


def router() -> Router:
    """The routes."""
    routes = Router(prefix="/api/ops/dead-letters", tags=["dead letters"])

    @routes.get("", response_model=Listed[LetterShown])
    async def dead_letters(
        request: Request,
        me: Operator,
        consumer: str | None = None,
        topic: str | None = None,
        key: str | None = None,
        type: str | None = None,
        state: State = State.FILED,
        limit: Limit = 50,
        after: AfterPlace = None,
    ) -> dict[str, Any]:
        """Dead letters of all consumers, the oldest first."""
        place = decode_place(after, None)
        async with edge(request).reading() as tx:
            found = await store.list_letters(tx, state.value, consumer, topic, key, type, place, limit + 1)
        return listed([letter_shown(one) for one in found], limit, lambda last: encode_place(last.at, last.id))

    @routes.post(
        "/redrive",
        status_code=202,
        response_model=AskedShown,
        responses={200: {"model": AskedShown}, **refused(404)},
    )
    async def redrive(request: Request, me: Operator, body: RedriveBody) -> Response:
        """Have letters taken again, with all earlier letters of their keys."""

        async def work(tx: Tx) -> Answer:
            asked = await usecases.redrive(tx, me.person_id, choice_of(body), dry_run=body.dry_run)
            return Answer(200 if body.dry_run else 202, asked_shown(asked, dry_run=body.dry_run))

        return await answer_once(request, me.person_id, work)

    @routes.post("/discard", status_code=202, response_model=AskedShown, responses=refused(404))
    async def discard(request: Request, me: Operator, body: DiscardBody) -> Response:
        """Give letters up for good."""

        async def work(tx: Tx) -> Answer:
            asked = await usecases.discard(tx, me.person_id, tuple(body.ids), body.reason)
            return Answer(202, asked_shown(asked, dry_run=False))

        return await answer_once(request, me.person_id, work)

    return routes
