"""Pages of cases: the caller's own, those that wait for a chair's decision, all of them for chairs and staff, and one
case."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import AfterPlace, Router, decode_place, edge, encode_place, listed
from chassis.http.sessions import Principal, SignedIn
from chassis.objects import ObjectStore
from contracts import pages as addresses
from services.review.callers import caller_of
from services.review.domain import scores
from services.review.domain.access import Caller
from services.review.domain.cases import State
from services.review.pages.judging import judging, to_be_scored
from services.review.store import credentials
from services.review.store.lists import BEGINNING
from services.review.usecases import cases as usecases
from services.review.views.cases import read_file
from services.review.views.lists import overseen_item, queue_item
from web.forms import Form
from web.rendering import Pages

A_PAGE = 50
Rows = Callable[[Tx, Caller, tuple[datetime, UUID], int], Awaitable[list[asyncpg.Record]]]


def pages(pages: Pages, objects: ObjectStore) -> Router:
    """GET /review, /decisions, /review/cases, /review/cases/{case_id}."""
    router = Router(include_in_schema=False)

    @router.get(addresses.REVIEW)
    async def queue(request: Request, me: SignedIn, after: AfterPlace = None) -> Response:
        """The caller's undecided cases, by due date."""
        shown = await _listed(request, me, usecases.queue, after)
        next_path = _next(addresses.REVIEW, shown["next"])
        return await pages.show(request, "review/queue.html", next_path=next_path, first=after is None, **shown)

    @router.get(addresses.DECISIONS)
    async def decisions(request: Request, me: SignedIn, after: AfterPlace = None) -> Response:
        """The chair's cases in which all scores are final."""
        shown = await _listed(request, me, usecases.to_decide, after)
        next_path = _next(addresses.DECISIONS, shown["next"])
        return await pages.show(request, "review/decisions.html", next_path=next_path, **shown)

    @router.get(addresses.REVIEW_CASES)
    async def overseen(request: Request, me: SignedIn, state: str = "", after: AfterPlace = None) -> Response:
        """All cases, the oldest first. With a state in the address, only cases in that state."""
        wanted = State(state) if state in list(State) else None
        async with edge(request).reading() as tx:
            rows = await usecases.overseen(tx, caller_of(me), wanted, decode_place(after, BEGINNING), A_PAGE + 1)
            names = await credentials.names(tx)
        shown = listed(
            [overseen_item(row) for row in rows], A_PAGE, lambda item: encode_place(item.opened_at, item.case_id)
        )
        return await pages.show(
            request,
            "review/cases.html",
            form=Form.of_values({"state": wanted or ""}),
            states=[one.value for one in State],
            filtered=wanted is not None or after is not None,
            names=names,
            next_path=_next(addresses.REVIEW_CASES, shown["next"], state=wanted),
            **shown,
        )

    @router.get(addresses.REVIEW_CASES + "/{address:uuid}")
    async def one_case(request: Request, address: UUID, me: SignedIn) -> Response:
        """One case, as far as the caller may know it."""
        found, case = await read_file(edge(request), objects, address, caller_of(me))
        if to_be_scored(case):
            shown = await pages.show(request, "review/judging.html", **await judging(request, objects, found, case))
        else:
            async with edge(request).reading() as tx:
                names = await credentials.names(tx)
            shown = await pages.show(
                request,
                "review/case.html",
                case=case,
                explanation=scores.RULE_TEXT,
                names=names,
                item_names={item.key: item.name for item in case.rubric.items},
                levels={level.key: level for level in case.rubric.levels},
            )
        shown.headers["Cache-Control"] = "private, no-store"
        return shown

    return router


async def _listed(request: Request, me: Principal, rows_of: Rows, after: str | None) -> dict[str, Any]:
    async with edge(request).reading() as tx:
        rows = await rows_of(tx, caller_of(me), decode_place(after, BEGINNING), A_PAGE + 1)
        names = await credentials.names(tx)
    items = [queue_item(row) for row in rows]
    return listed(items, A_PAGE, lambda item: encode_place(item.due_at, item.case_id)) | {"names": names}


def _next(path: str, cursor: str | None, state: State | None = None) -> str:
    if cursor is None:
        return ""
    return f"{path}?after={cursor}" + (f"&state={state.value}" if state is not None else "")
