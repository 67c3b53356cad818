"""Judging: the declaration, the scores, the decision."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from chassis.http import Answer, Body, edge, once, refused, settle_once
from chassis.objects import ObjectStore
from chassis.sessions import SignedIn
from chassis.texts import Key, YesOrNo
from chassis.transaction import Tx
from contracts.claims import ObjectClaim, Outcome
from services.review.domain.access import Caller, NotThere, Standing
from services.review.domain.decisions import Ruling
from services.review.routes.cases import caller_of
from services.review.routes.shown import results_shown
from services.review.routes.texts import Texts, texts_about
from services.review.usecases import decisions, scores
from services.review.usecases.cases import approach
from services.review.usecases.panels import declare

Note = Annotated[str, Field(max_length=10_000)]
Letter = Annotated[str, Field(min_length=1, max_length=50_000)]
NOBODY = UUID(int=0)
REPLAYED = "Idempotent-Replayed"


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

    items: dict[Key, ScoreBody] = Field(default_factory=dict)
    comment: Note = ""


class OverrideBody(Body):
    """A level that the chair sets against the panel's, and why."""

    level: Key
    reason: Annotated[str, Field(min_length=1, max_length=10_000)]


class DecisionBody(Body):
    """The chair's decision. `feedback`: item to text for the applicant. `items`: only where the chair judges otherwise than the panel."""

    outcome: Outcome
    feedback: dict[Key, Note] = Field(default_factory=dict)
    letter: Letter
    items: dict[Key, OverrideBody] = Field(default_factory=dict)


def router(objects: ObjectStore) -> APIRouter:
    """The routes; what people write goes to `objects`."""
    routes = APIRouter(prefix="/api/review/cases/{address}", tags=["judging"])

    @asynccontextmanager
    async def texts_for(request: Request, address: UUID, caller: Caller) -> AsyncIterator[tuple[Texts, Standing | None]]:
        """Texts about the case's applicant. For whom the case is not there (None) they are about nobody, and go when the command says so."""
        standing: Standing | None = None
        async with edge(request).reading() as tx:
            with suppress(NotThere):
                standing = await approach(tx, address, caller)
        async with texts_about(objects, standing.applicant_id if standing else NOBODY) as texts:
            yield texts, standing

    async def answered_once(request: Request, texts: Texts, caller: Caller, work: Callable[[Tx], Awaitable[Answer]]) -> JSONResponse:
        """`work` in a transaction, once for an idempotency key; a replay keeps no texts."""
        async with edge(request).transaction() as tx:
            response = await once(tx, request, caller.person_id, partial(work, tx))
        if REPLAYED in response.headers:
            await texts.discard()
        return response

    @routes.post("/declaration", status_code=201, responses=refused(409))
    async def declaration(request: Request, address: UUID, body: DeclarationBody, me: SignedIn) -> JSONResponse:
        """Say whether there is a conflict of interest. With one, the case leaves the caller's queue and somebody else is found."""
        caller = caller_of(me)

        async def declared(tx: Tx, reason: ObjectClaim | None) -> Answer:
            case_id, seat = await declare(tx, address, caller, body.conflict, reason)
            return Answer(201, {"case_id": str(case_id), "conflict": body.conflict, "declared": True, "state": seat.state})

        if not body.conflict or not body.reason:
            return await settle_once(request, caller.person_id, partial(declared, reason=None))
        async with texts_for(request, address, caller) as (texts, _):
            reason = await texts.put_text(body.reason)
            return await answered_once(request, texts, caller, partial(declared, reason=reason))

    @routes.put("/scores", responses=refused(409))
    async def save_scores(request: Request, address: UUID, body: ScoresBody, me: SignedIn) -> JSONResponse:
        """Save a draft of the caller's scores; `missing` names the items that still need a level."""
        caller = caller_of(me)
        levels = {item: score.level for item, score in body.items.items() if score.level is not None}
        written = {item: score.note for item, score in body.items.items() if score.note}

        async def save(notes: ObjectClaim | None) -> JSONResponse:
            rubric, before = await edge(request).settle(lambda tx: scores.save_draft(tx, address, caller, levels, notes, noted=body.items))
            if before is not None:
                await objects.delete(before.name)
            return JSONResponse({**body.model_dump(), "missing": [item for item in rubric.open_items if item not in levels]})

        if not written and not body.comment:
            return await save(None)
        async with texts_for(request, address, caller) as (texts, _):
            return await save(await texts.put_json({"items": written, "comment": body.comment}))

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
        ruling = Ruling(body.outcome, {item: override.level for item, override in body.items.items()}, tuple(body.feedback))
        async with texts_for(request, address, caller) as (texts, standing):
            letter = await texts.put_text(body.letter)
            feedback = await texts.put_json(body.feedback)
            reasons = await texts.put_json({item: override.reason for item, override in body.items.items()}) if body.items else None

            async def decided(tx: Tx) -> Answer:
                if standing is None:
                    raise NotThere
                case_id, decision = await decisions.decide(tx, address, standing.application_id, caller, ruling, letter, feedback, reasons)
                answer = {
                    "case_id": str(case_id),
                    "decision_id": str(decision.decision_id),
                    "outcome": decision.outcome,
                    "decided_at": decision.decided_at,
                    "items": results_shown(decision.results),
                }
                return Answer(201, answer)

            return await answered_once(request, texts, caller, decided)

    return routes
