"""Answers a command with texts, once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, answer_once, edge
from chassis.writing import Writing
from contracts.refusals import NotThere
from services.review.domain.access import Caller
from services.review.writing import CaseWriter

T = TypeVar("T")


async def answer_written(
    request: Request,
    writer: CaseWriter,
    address: UUID,
    caller: Caller,
    put: Callable[[Writing], Awaitable[T]],
    work: Callable[[Tx, T], Awaitable[Answer]],
) -> Response:
    """Like `answer_once`, for a command with texts: `put` puts them, and `work` gets what `put` returned.

    If the case does not exist for the caller, nothing is put and nothing is done. One case is different: the caller may
    have lost the case by this very command (a declared conflict), which comes a second time. Then they get the answer
    that was given the first time.
    """
    try:
        async with writer.about(edge(request), address, caller) as writing:
            texts = await put(writing)
            response = await answer_once(request, caller.person_id, lambda tx: work(tx, texts))
            writing.answered(response)
            return response
    except NotThere as refused:
        not_there = refused

    async def nothing(_: Tx) -> Answer:
        raise not_there

    return await answer_once(request, caller.person_id, nothing)
