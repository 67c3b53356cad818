"""The routes of scores: a draft, and its submission."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.sessions import SignedIn
from services.review.bodies import ScoresBody
from services.review.callers import caller_of
from services.review.usecases import scores
from services.review.views.scores import Drafted, Submitted
from services.review.writing import CaseWriter, put


def router(writer: CaseWriter) -> Router:
    """The routes. `writer` puts the texts into the object store."""
    routes = Router(prefix="/api/review/cases/{address}", tags=["judging"])

    @routes.put("/scores", responses=refused(409))
    async def save_scores(request: Request, address: UUID, body: ScoresBody, me: SignedIn) -> Drafted:
        """Save a draft of the caller's scores; `missing` names the items that still need a level."""
        caller = caller_of(me)
        levels = {item: score.level for item, score in body.items.items() if score.level is not None}
        noted = {item: score.note for item, score in body.items.items() if score.note}
        async with writer.about(edge(request), address, caller) as writing:
            written = {"items": noted, "comment": body.comment} if noted or body.comment else None
            notes = await put(writing, written)
            rubric, replaced = await edge(request).write(
                lambda tx: scores.save_draft(tx, address, caller, levels, notes, noted=body.items)
            )
            writing.keep(replaced)
        missing = [item for item in rubric.open_items if item not in levels]
        return Drafted(items=body.items, comment=body.comment, missing=missing)

    @routes.post("/scores/submission", status_code=201, response_model=Submitted, responses=refused(409))
    async def submit_scores(request: Request, address: UUID, me: SignedIn) -> Response:
        """Make the draft final."""

        async def submitted(tx: Tx) -> Answer:
            seat, state = await scores.submit(tx, address, caller_of(me))
            return Answer(201, Submitted(items=dict(seat.levels), state=state))

        return await answer_once(request, me.person_id, submitted)

    return routes
