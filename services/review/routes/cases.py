"""Cases to look at: the queue, the list for chairs and staff, one case with its materials, and assigning by hand."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from chassis.http import (
    AfterPlace,
    Answer,
    Body,
    FieldError,
    Listed,
    decode_place,
    edge,
    encode_place,
    forbidden,
    invalid,
    not_found,
    once,
    page,
    refused,
)
from chassis.http.sessions import Principal, SignedIn
from chassis.objects import ObjectStore
from chassis.showing import serve
from services.review.domain.access import Caller
from services.review.domain.cases import State
from services.review.store import lists
from services.review.store.lists import BEGINNING
from services.review.usecases.cases import handed_in
from services.review.usecases.panels import assign_by_hand
from services.review.views.cases import CaseShown, read
from services.review.views.lists import OverseenItem, QueueItem, overseen_item, queue_item

Limit = Annotated[int, Query(ge=1, le=200)]

ANY_TYPE = {"schema": {"type": "string", "format": "binary"}}
CONTENT: dict[int | str, dict[str, Any]] = {200: {"description": "What was handed in", "content": {"*/*": ANY_TYPE}}}


class AssignmentBody(Body):
    """Who is to judge. Without `role`: reviewer if they are one, else chair."""

    person_id: UUID
    role: Literal["reviewer", "chair"] | None = None


def caller_of(me: Principal) -> Caller:
    """The signed-in person, for the domain."""
    return Caller(me.person_id, me.roles)


def router(objects: ObjectStore) -> APIRouter:
    """The routes; evidence is read from `objects`."""
    routes = APIRouter(prefix="/api/review", tags=["cases"])

    @routes.get("/queue", response_model=Listed[QueueItem], responses=refused(403))
    async def queue(request: Request, me: SignedIn, limit: Limit = 50, after: AfterPlace = None) -> dict[str, Any]:
        """The signed-in reviewer's or chair's undecided cases, what is due first first."""
        if not me.roles & {"reviewer", "chair"}:
            raise forbidden("Only reviewers and chairs have a queue; an administrator can give you the role.")
        async with edge(request).reading() as tx:
            rows = await lists.queue(tx, me.person_id, sorted(me.roles), decode_place(after, BEGINNING), limit + 1)
        items = [queue_item(row) for row in rows]
        return page(items, limit, lambda item: encode_place(item.due_at, item.case_id))

    @routes.get("/cases", response_model=Listed[OverseenItem], responses=refused(403))
    async def overseen(
        request: Request, me: SignedIn, state: State | None = None, limit: Limit = 50, after: AfterPlace = None
    ) -> dict[str, Any]:
        """All cases, oldest first, for chairs and staff. `lacking`: the roles that each still needs."""
        if not caller_of(me).oversees:
            raise forbidden("Only chairs and staff list cases; your own are in GET /api/review/queue.")
        async with edge(request).reading() as tx:
            rows = await lists.overseen(tx, me.person_id, state, decode_place(after, BEGINNING), limit + 1)
        items = [overseen_item(row) for row in rows]
        return page(items, limit, lambda item: encode_place(item.opened_at, item.case_id))

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
        """What was handed in for a requirement, as it was handed in; of several artifacts the one named."""
        caller = caller_of(me)
        async with edge(request).reading() as tx:
            submission_number, materials = await handed_in(tx, address, caller, requirement)
        matching = [one for one in materials if artifact_id in (None, one.artifact_id)]
        if len(matching) > 1:
            names = ", ".join(str(one.artifact_id) for one in matching)
            raise invalid([FieldError(field="artifact_id", message=f"is needed, for there are several: {names}")])
        claim = (matching[0].content if part == "content" else matching[0].annotation) if matching else None
        if claim is None:
            raise not_found(f"Nothing of that kind was handed in for {requirement!r}; the case lists what there is.")
        return await serve(objects, claim, f"{submission_number}-{requirement}", case=address, requirement=requirement)

    @routes.post("/cases/{address}/assignments", status_code=201, responses=refused(409))
    async def assign(request: Request, address: UUID, body: AssignmentBody, me: SignedIn) -> JSONResponse:
        """A chair or staff seats somebody, beyond those whom the service finds by itself."""
        async with edge(request).transaction() as tx:

            async def work() -> Answer:
                case, seat = await assign_by_hand(tx, address, caller_of(me), body.person_id, body.role)
                due_at = case.due_at.isoformat() if case.due_at else None
                assigned = {
                    "case_id": str(case.case_id),
                    "person_id": str(seat.person_id),
                    "role": seat.role,
                    "state": seat.state,
                    "due_at": due_at,
                }
                return Answer(201, assigned)

            return await once(tx, request, me.person_id, work)

    return routes
