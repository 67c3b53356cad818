"""The routes of scores: a draft, and its submission."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.conditions import seen, tagged
from chassis.http.sessions import SignedIn
from chassis.objects import ObjectStore
from contracts.refusals import ChangedMeanwhile, Refused
from services.review.bodies import ScoresBody
from services.review.callers import caller_of
from services.review.domain.access import Caller
from services.review.domain.scores import NOTHING_DRAFTED
from services.review.usecases import scores
from services.review.views.cases import read
from services.review.views.scores import Drafted, Submitted
from services.review.writing import CaseWriter, save_scores


def router(writer: CaseWriter, objects: ObjectStore) -> Router:
    """The routes. `writer` puts the texts into the object store; `objects` are read to show them."""
    routes = Router(prefix="/api/review/cases/{address}", tags=["judging"])

    @routes.put("/scores", response_model=Drafted, responses=refused(409, 412))
    async def put_scores(request: Request, address: UUID, body: ScoresBody, me: SignedIn) -> Response:
        """Save a draft of the caller's scores; `missing` names the items that still need a level.

        With `If-Match` (the `ETag` of the last answer, or `scores.edition` of the case), other scores are not
        overwritten: 412, with the saved ones as `current`.
        """
        caller, database = caller_of(me), edge(request)
        try:
            saved = await save_scores(writer, database, address, caller, body, seen(request, NOTHING_DRAFTED))
        except ChangedMeanwhile as changed:
            raise await with_saved(request, address, caller, changed) from None
        missing = [item for item in saved.rubric.open_items if item not in body.items or body.items[item].level is None]
        drafted = Drafted(items=body.items, comment=body.comment, missing=missing, saved_at=saved.at)
        return tagged(Response(drafted.model_dump_json(), media_type="application/json"), saved.edition)

    @routes.post("/scores/submission", status_code=201, response_model=Submitted, responses=refused(409, 412))
    async def submit_scores(request: Request, address: UUID, me: SignedIn) -> Response:
        """Make the draft final. With `If-Match`, only the draft that was seen: 412 for another one."""
        seen_by = seen(request, NOTHING_DRAFTED)

        async def submitted(tx: Tx) -> Answer:
            seat, state = await scores.submit(tx, address, caller_of(me), seen_by)
            return Answer(201, Submitted(items=dict(seat.levels), state=state))

        try:
            return await answer_once(request, me.person_id, submitted)
        except ChangedMeanwhile as changed:
            raise await with_saved(request, address, caller_of(me), changed) from None

    async def with_saved(request: Request, address: UUID, caller: Caller, changed: ChangedMeanwhile) -> Refused:
        there = (await read(edge(request), objects, address, caller)).scores
        current = {} if there is None else there.model_dump(mode="json", exclude_none=True)
        return ChangedMeanwhile(changed.text, current=current)

    return routes
