"""Routes to look at cases: the queue, the list for chairs and staff, one case with its materials."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from chassis.http import AfterPlace, Listed, Router, decode_place, edge, encode_place, listed, refused
from chassis.http.sessions import SignedIn
from chassis.objects import ObjectStore
from chassis.showing import serve
from contracts.refusals import Fault, Invalid, NotThere, Text
from services.review.callers import caller_of
from services.review.domain.cases import State
from services.review.store.lists import BEGINNING
from services.review.usecases import cases
from services.review.usecases.access import handed_in
from services.review.views.cases import read
from services.review.views.lists import OverseenItem, QueueItem, overseen_item, queue_item
from services.review.views.shown import CaseShown

Limit = Annotated[int, Query(ge=1, le=200)]

ANY_TYPE = {"schema": {"type": "string", "format": "binary"}}
CONTENT: dict[int | str, dict[str, Any]] = {200: {"description": "What was handed in", "content": {"*/*": ANY_TYPE}}}


def router(objects: ObjectStore) -> Router:
    """The routes; evidence is read from `objects`."""
    routes = Router(prefix="/api/review", tags=["cases"])

    @routes.get("/queue", response_model=Listed[QueueItem], responses=refused(403))
    async def queue(request: Request, me: SignedIn, limit: Limit = 50, after: AfterPlace = None) -> dict[str, Any]:
        """The signed-in reviewer's or chair's undecided cases, by due date."""
        async with edge(request).reading() as tx:
            rows = await cases.queue(tx, caller_of(me), decode_place(after, BEGINNING), limit + 1)
        items = [queue_item(row) for row in rows]
        return listed(items, limit, lambda item: encode_place(item.due_at, item.case_id))

    @routes.get("/cases", response_model=Listed[OverseenItem], responses=refused(403))
    async def overseen(
        request: Request, me: SignedIn, state: State | None = None, limit: Limit = 50, after: AfterPlace = None
    ) -> dict[str, Any]:
        """All cases, oldest first, for chairs and staff. `lacking`: the roles that each still needs."""
        async with edge(request).reading() as tx:
            rows = await cases.overseen(tx, caller_of(me), state, decode_place(after, BEGINNING), limit + 1)
        items = [overseen_item(row) for row in rows]
        return listed(items, limit, lambda item: encode_place(item.opened_at, item.case_id))

    @routes.get("/cases/{address}", response_model=CaseShown, response_model_exclude_none=True)
    async def one_case(request: Request, address: UUID, me: SignedIn) -> Response:
        """One case, as far as the caller may know it."""
        shown = await read(edge(request), objects, address, caller_of(me))
        return Response(
            shown.model_dump_json(exclude_none=True),
            media_type="application/json",
            headers={"Cache-Control": "private, no-store"},
        )

    @routes.get("/cases/{address}/materials/{requirement}", responses={**refused(403, 409), **CONTENT})
    async def material(
        request: Request,
        address: UUID,
        requirement: str,
        me: SignedIn,
        artifact_id: UUID | None = None,
        part: Literal["content", "annotation"] = "content",
    ) -> Response:
        """The content that was handed in for a requirement. `artifact_id` names one of several artifacts."""
        caller = caller_of(me)
        async with edge(request).reading() as tx:
            submission_number, materials = await handed_in(tx, address, caller, requirement)
        matching = [one for one in materials if artifact_id in (None, one.artifact_id)]
        if len(matching) > 1:
            names = ", ".join(str(one.artifact_id) for one in matching)
            raise Invalid(Fault("artifact_id", Text("is missing; name one of these artifacts: %(ids)s", ids=names)))
        claim = (matching[0].content if part == "content" else matching[0].annotation) if matching else None
        if claim is None:
            raise NotThere(
                Text(
                    "Nothing of that kind was handed in for %(requirement)s; the case lists what was handed in.",
                    requirement=repr(requirement),
                )
            )
        return await serve(objects, claim, f"{submission_number}-{requirement}", case=address, requirement=requirement)

    return routes
