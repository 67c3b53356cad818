"""Judging: the declaration, the scores, the decision."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from chassis.database.transaction import Tx
from chassis.http import Answer, Body, edge, once, refused, settle_once
from chassis.http.sessions import SignedIn
from chassis.texts import NAMED_BY_KEYS, Key, Text, TextOrNothing, YesOrNo
from chassis.writing import Writer, Writing
from contracts.claims import ObjectClaim, Outcome
from services.review.domain.access import Caller, NotThere, Standing
from services.review.domain.decisions import Ruling
from services.review.routes.cases import caller_of
from services.review.usecases import decisions, scores
from services.review.usecases.cases import approach
from services.review.usecases.panels import declare
from services.review.views.cases import results_shown

Note = Annotated[TextOrNothing, Field(max_length=10_000)]
Letter = Annotated[Text, Field(max_length=50_000)]


class DeclarationBody(Body):
    """Whether there is a conflict of interest."""

    conflict: YesOrNo
    reason: Note | None = None


class ScoreBody(Body):
    """A reviewer's word on an item; a draft may lack the level."""

    level: Key | None = None
    note: Note = ""


class ScoresBody(Body):
    """A draft, whole: it replaces the one before."""

    items: Annotated[dict[Key, ScoreBody], NAMED_BY_KEYS] = Field(default_factory=dict)
    comment: Note = ""


class OverrideBody(Body):
    """A level that the chair sets against the panel's, and why."""

    level: Key
    reason: Annotated[Text, Field(max_length=10_000)]


class DecisionBody(Body):
    """The chair's decision. `feedback`: item to text for the applicant. `items`: only where the chair judges otherwise
    than the panel."""

    outcome: Outcome
    feedback: Annotated[dict[Key, Note], NAMED_BY_KEYS] = Field(default_factory=dict)
    letter: Letter
    items: Annotated[dict[Key, OverrideBody], NAMED_BY_KEYS] = Field(default_factory=dict)


def router(writer: Writer) -> APIRouter:
    """The routes; what people write goes through `writer`, and is about the case's applicant."""
    routes = APIRouter(prefix="/api/review/cases/{address}", tags=["judging"])

    async def standing_with(request: Request, address: UUID, caller: Caller) -> Standing | None:
        """Where the caller stands with the case; None for whom it is not there, of whom nothing is put: it would be
        about nobody.
        """
        async with edge(request).reading() as tx:
            with suppress(NotThere):
                return await approach(tx, address, caller)
        return None

    async def not_there(request: Request, caller: Caller) -> JSONResponse:
        """404; but for what was answered under this key before, from which the case may have gone since (a declared
        conflict): that answer.
        """

        async def nothing(_: Tx) -> Answer:
            raise NotThere

        return await settle_once(request, caller.person_id, nothing)

    async def answered_once(
        request: Request, written: Writing, caller: Caller, work: Callable[[Tx], Awaitable[Answer]]
    ) -> JSONResponse:
        """`work` in a transaction, once for an idempotency key; an earlier answer keeps no texts."""
        async with edge(request).transaction() as tx:
            response = await once(tx, request, caller.person_id, partial(work, tx))
        written.answered(response)
        return response

    @routes.post("/declaration", status_code=201, responses=refused(409))
    async def declaration(request: Request, address: UUID, body: DeclarationBody, me: SignedIn) -> JSONResponse:
        """Say whether there is a conflict of interest. With one, the case leaves the caller's queue and somebody else
        is found."""
        caller = caller_of(me)

        async def declared(tx: Tx, reason: ObjectClaim | None) -> Answer:
            case_id, seat = await declare(tx, address, caller, body.conflict, reason)
            return Answer(
                201, {"case_id": str(case_id), "conflict": body.conflict, "declared": True, "state": seat.state}
            )

        if not body.conflict or not body.reason:
            return await settle_once(request, caller.person_id, partial(declared, reason=None))
        standing = await standing_with(request, address, caller)
        if standing is None:
            return await not_there(request, caller)
        async with writer.about(standing.applicant_id) as written:
            reason = await written.put_text(body.reason)
            return await answered_once(request, written, caller, partial(declared, reason=reason))

    @routes.put("/scores", responses=refused(409))
    async def save_scores(request: Request, address: UUID, body: ScoresBody, me: SignedIn) -> JSONResponse:
        """Save a draft of the caller's scores; `missing` names the items that still need a level."""
        caller = caller_of(me)
        levels = {item: score.level for item, score in body.items.items() if score.level is not None}
        written = {item: score.note for item, score in body.items.items() if score.note}

        standing = await standing_with(request, address, caller)
        if standing is None:
            raise NotThere
        async with writer.about(standing.applicant_id) as text:
            notes = (
                await text.put_json({"items": written, "comment": body.comment}) if written or body.comment else None
            )
            rubric, before = await edge(request).settle(
                lambda tx: scores.save_draft(tx, address, caller, levels, notes, noted=body.items)
            )
            text.keep(before)
        return JSONResponse(
            {**body.model_dump(), "missing": [item for item in rubric.open_items if item not in levels]}
        )

    @routes.post("/scores/submission", status_code=201, responses=refused(409))
    async def submit_scores(request: Request, address: UUID, me: SignedIn) -> JSONResponse:
        """Make the draft final."""

        async def work(tx: Tx) -> Answer:
            seat, state = await scores.submit(tx, address, caller_of(me))
            return Answer(201, {"submitted": True, "items": dict(seat.levels), "state": state})

        return await settle_once(request, me.person_id, work)

    @routes.post("/decision", status_code=201, responses=refused(409))
    async def decide(request: Request, address: UUID, body: DecisionBody, me: SignedIn) -> JSONResponse:
        """The case's chair decides, after their declaration and all scores."""
        caller = caller_of(me)
        ruling = Ruling(
            body.outcome, {item: override.level for item, override in body.items.items()}, tuple(body.feedback)
        )
        standing = await standing_with(request, address, caller)
        if standing is None:
            return await not_there(request, caller)
        async with writer.about(standing.applicant_id) as written:
            letter = await written.put_text(body.letter)
            feedback = await written.put_json(body.feedback)
            reasons = (
                await written.put_json({item: override.reason for item, override in body.items.items()})
                if body.items
                else None
            )

            async def decided(tx: Tx) -> Answer:
                case_id, decision = await decisions.decide(
                    tx, address, standing.application_id, caller, ruling, letter, feedback, reasons
                )
                answer = {
                    "case_id": str(case_id),
                    "decision_id": str(decision.decision_id),
                    "outcome": decision.outcome,
                    "decided_at": decision.decided_at,
                    "items": results_shown(decision.results),
                }
                return Answer(201, answer)

            return await answered_once(request, written, caller, decided)

    return routes
