"""HTTP in, JSON. Everything here needs the role operator."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.http import (
    AfterCount,
    AfterPlace,
    Answer,
    Body,
    Refusal,
    decode_count,
    decode_place,
    edge,
    encode_place,
    not_found,
    once,
    page,
    refused,
)
from chassis.http.sessions import Principal, requires
from chassis.texts import Text, YesOrNo
from contracts.topics import CONSUMERS, TOPICS
from services.ops import store, usecases
from services.ops.clients import Cluster, KafkaAway
from services.ops.domain.journal import Entry
from services.ops.domain.letters import Letter, State
from services.ops.usecases import Asked, Choice, NoSuchLetters
from services.ops.views import topic_shown

Operator = Annotated[Principal, Depends(requires("operator"))]
Limit = Annotated[int, Query(ge=1, le=200)]
AllOrSome = Annotated[int | None, Query(ge=1, le=1000, description="how many at most; all, if it is left out")]

REFUSALS: Mapping[type[Exception], Callable[[Any], Refusal]] = {
    NoSuchLetters: lambda error: not_found(f"{error}; take `id` from GET /api/ops/dead-letters."),
    KafkaAway: lambda error: Refusal(
        503, "kafka_away", "Kafka does not answer", str(error), headers={"Retry-After": "2"}
    ),
}


class Filter(Body):
    """Filed letters that fit all that is given; nothing given: all."""

    consumer: str | None = None
    topic: str | None = None
    key: str | None = None


class RedriveBody(Body):
    """Either `ids` or `filter`. A dry run says what would be asked for and asks for nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["ids"], "properties": {"ids": {"type": "array"}}},
                {"required": ["filter"], "properties": {"filter": {"type": "object"}}},
            ]
        }
    )

    ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)] | None = None
    filter: Filter | None = None
    dry_run: YesOrNo = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "RedriveBody":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self

    @property
    def choice(self) -> Choice:
        """Which letters."""
        if self.ids is not None:
            return Choice(ids=tuple(self.ids))
        found = self.filter or Filter()
        return Choice(None, found.consumer, found.topic, found.key)


class DiscardBody(Body):
    """These letters, for good. `reason` is kept for later readers and goes nowhere else."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]
    reason: Annotated[Text, Field(max_length=2000)]


class RequestShown(BaseModel):
    """What is asked of one consumer: these letters of one key, in this order."""

    consumer: str
    topic: str
    key: str
    letters: list[UUID]


class AskedShown(BaseModel):
    """`settled`: ids that were redriven or discarded already; nothing is asked for them."""

    dry_run: bool
    requests: list[RequestShown]
    settled: list[UUID]


def build(cluster: Cluster) -> APIRouter:
    """The routes; `cluster` is asked about lag."""
    routes = APIRouter(prefix="/api/ops", tags=["ops"])

    @routes.get("/journeys/{application_id}")
    async def journeys(
        request: Request, me: Operator, application_id: UUID, limit: AllOrSome = None, after: AfterCount = None
    ) -> dict[str, Any]:
        async with edge(request).transaction() as tx:
            entries = await usecases.tell_journey(tx, application_id)
        if not entries:
            raise not_found("Nothing has been said of this application, or its messages are not here yet.")
        return _part([_entry(one) for one in entries], limit, after)

    @routes.get("/topics")
    async def topics(me: Operator, limit: AllOrSome = None, after: AfterCount = None) -> dict[str, Any]:
        snapshot = await cluster.snapshot()
        return _part([topic_shown(topic, snapshot) for topic in TOPICS.values()], limit, after)

    @routes.get("/consumers")
    async def consumers(
        me: Operator,
        consumer: str | None = None,
        topic: str | None = None,
        limit: AllOrSome = None,
        after: AfterCount = None,
    ) -> dict[str, Any]:
        snapshot = await cluster.snapshot()
        chosen = [lag for lag in snapshot.lags if consumer in (None, lag.consumer) and topic in (None, lag.topic)]
        return _part(
            [
                {
                    "consumer": lag.consumer,
                    "topic": lag.topic,
                    "partition": lag.partition,
                    "committed": lag.committed,
                    "end": lag.end,
                    "lag_records": lag.lag_records,
                    "lag_seconds": lag.lag_seconds if lag.lag_seconds is None else round(lag.lag_seconds, 3),
                }
                for lag in chosen
            ],
            limit,
            after,
        )

    @routes.get("/dead-letters")
    async def dead_letters(
        request: Request,
        me: Operator,
        consumer: str | None = None,
        topic: str | None = None,
        key: str | None = None,
        state: State = State.FILED,
        limit: Limit = 50,
        after: AfterPlace = None,
    ) -> dict[str, Any]:
        place = decode_place(after, None)
        async with edge(request).transaction() as tx:
            found = await store.list_letters(tx, state.value, consumer, topic, key, place, limit + 1)
        return page([_letter(one) for one in found], limit, lambda last: encode_place(last["at"], last["id"]))

    @routes.post(
        "/dead-letters/redrive",
        status_code=202,
        response_model=AskedShown,
        responses={200: {"model": AskedShown}, **refused(404)},
    )
    async def redrive(request: Request, me: Operator, body: RedriveBody) -> JSONResponse:
        async with edge(request).transaction() as tx:

            async def work() -> Answer:
                asked = await usecases.redrive(tx, me.person_id, body.choice, dry_run=body.dry_run)
                return Answer(200 if body.dry_run else 202, _asked(asked, dry_run=body.dry_run))

            return await once(tx, request, me.person_id, work)

    @routes.post("/dead-letters/discard", status_code=202, response_model=AskedShown, responses=refused(404))
    async def discard(request: Request, me: Operator, body: DiscardBody) -> JSONResponse:
        async with edge(request).transaction() as tx:

            async def work() -> Answer:
                asked = await usecases.discard(tx, me.person_id, tuple(body.ids), body.reason)
                return Answer(202, _asked(asked, dry_run=False))

            return await once(tx, request, me.person_id, work)

    @routes.post("/consumers/{consumer}/resume", status_code=202)
    async def resume(request: Request, me: Operator, consumer: str) -> JSONResponse:
        if consumer not in CONSUMERS:
            raise not_found(f"There is no consumer {consumer!r}; the consumers are {', '.join(CONSUMERS)}.")
        async with edge(request).transaction() as tx:

            async def work() -> Answer:
                await usecases.resume(tx, me.person_id, consumer)
                return Answer(202, {"consumer": consumer, "asked": "resume"})

            return await once(tx, request, me.person_id, work)

    return routes


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "topic": entry.topic,
        "partition": entry.partition,
        "offset": entry.offset,
        "time": entry.time,
        "type": entry.type,
        "id": entry.id,
        "correlation_id": entry.correlation_id,
        "causation_id": entry.causation_id,
        "key": entry.key,
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "topic": letter.topic,
        "consumer": letter.consumer,
        "partition": letter.partition,
        "offset": letter.offset,
        "key": letter.key,
        "error": letter.error,
        "attempts": letter.attempts,
        "at": letter.at,
        "type": letter.type,
        "message_id": letter.message_id,
        "behind": letter.behind,
        "state": letter.state.value,
        "asked": letter.asked,
    }


def _asked(asked: Asked, *, dry_run: bool) -> AskedShown:
    requests = [
        RequestShown(
            consumer=group.consumer, topic=group.topic, key=group.key, letters=[letter.id for letter in group.letters]
        )
        for group in asked.groups
    ]
    return AskedShown(dry_run=dry_run, requests=requests, settled=list(asked.settled))


def _part(items: Sequence[dict[str, Any]], limit: int | None, after: str | None) -> dict[str, Any]:
    """All of a list that is short by its nature, or a page of it: its cursor counts."""
    start = decode_count(after)
    if limit is None:
        return {"items": list(items[start:]), "next": None}
    return page(items[start : start + limit + 1], limit, lambda _: str(start + limit))
