"""The applicant's way: start, basic information, agreement, self-assessment, path, submission, withdrawal."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import AfterPlace, Answer, decode_place, edge, encode_place, page, refused, settle_once
from chassis.http.sessions import SignedIn
from contracts.claims import ObjectClaim
from services.intake.bodies import (
    AgreementBody,
    BasicInformationBody,
    PathBody,
    SelfAssessmentBody,
    StartBody,
    WithdrawalBody,
)
from services.intake.desk import Desk
from services.intake.domain.applications import BasicInformation
from services.intake.domain.materials import Handed
from services.intake.routes import answer
from services.intake.store import applications as store
from services.intake.usecases import applications, materials
from services.intake.views import Items
from services.intake.views import applications as views

FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
JSON = "application/json"


def build(desk: Desk) -> APIRouter:
    """/api/applications but for its materials. Every application is its applicant's alone."""
    router = APIRouter(prefix="/api/applications", tags=["applications"])
    definitions = desk.definitions

    @router.post("", status_code=201, response_model=views.Application, responses=refused(404, 409))
    async def start(request: Request, body: StartBody, me: SignedIn) -> Response:
        """Begin an application."""

        async def begin(tx: Tx) -> Answer:
            loaded = await applications.start(tx, definitions, uuid4(), me.person_id, body.credential)
            return Answer(201, (await views.application(loaded, desk.objects)).fields())

        return await settle_once(request, me.person_id, begin)

    @router.get("", response_model=Items[views.Application])
    async def mine(
        request: Request, me: SignedIn, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterPlace = None
    ) -> Response:
        """One's own applications, in the order of their start."""
        async with edge(request).reading() as tx:
            found = await store.list_own(tx, definitions, me.person_id, decode_place(after, FIRST), limit + 1)
        shown = page(found, limit, lambda loaded: encode_place(loaded.started_at, loaded.application.application_id))
        items = [await views.application(loaded, desk.objects) for loaded in shown["items"]]
        return answer(Items(items=items, next=shown["next"]))

    @router.get("/{application_id}", response_model=views.Application)
    async def one(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """One application."""
        async with edge(request).reading() as tx:
            loaded = await applications.read(tx, definitions, application_id, me.person_id)
        return answer(await views.application(loaded, desk.objects))

    @router.put("/{application_id}/basic-information", response_model=views.Application, responses=refused(409))
    async def describe(request: Request, application_id: UUID, body: BasicInformationBody, me: SignedIn) -> Response:
        """Who applies."""
        basic = BasicInformation(**body.model_dump())
        async with edge(request).transaction() as tx:
            loaded = await applications.describe(tx, definitions, application_id, me.person_id, basic)
        return answer(await views.application(loaded, desk.objects))

    @router.put("/{application_id}/agreement", response_model=views.Application, responses=refused(409))
    async def agree(request: Request, application_id: UUID, body: AgreementBody, me: SignedIn) -> Response:
        """Accept the agreement."""
        loaded = await edge(request).settle(
            lambda tx: applications.accept_agreement(tx, definitions, application_id, me.person_id, body.version)
        )
        return answer(await views.application(loaded, desk.objects))

    @router.put("/{application_id}/self-assessment", response_model=views.Assessed, responses=refused(409))
    async def assess(request: Request, application_id: UUID, body: SelfAssessmentBody, me: SignedIn) -> Response:
        """Rate one's readiness; the gaps and the resources mapped to them."""
        database = edge(request)
        async with database.reading() as tx:
            assessed = await materials.check_ratings(tx, definitions, application_id, me.person_id, body.ratings)
        async with desk.writer.about(me.person_id) as written:
            content = await written.put_json(body.ratings)
            handed = Handed(assessed.requirement.key, assessed.requirement.kind, content, database.clock())
            async with database.single() as tx:
                replaced = await materials.assess(tx, application_id, assessed, handed)
            if replaced is None:
                async with database.transaction() as tx:
                    replaced = await materials.assess_again(
                        tx, definitions, application_id, me.person_id, body.ratings, handed
                    )
            written.keep(*replaced)
        return answer(views.assessed(assessed.application, assessed.definition))

    @router.put("/{application_id}/path", response_model=views.Application, responses=refused(409))
    async def choose_path(request: Request, application_id: UUID, body: PathBody, me: SignedIn) -> Response:
        """Choose one of the paths."""
        loaded = await edge(request).settle(
            lambda tx: applications.choose_path(tx, definitions, application_id, me.person_id, body.path, body.answer)
        )
        return answer(await views.application(loaded, desk.objects))

    @router.post("/{application_id}/submission", response_model=views.Application, responses=refused(409))
    async def submit(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """Hand the application to the panel."""

        async def send(tx: Tx) -> Answer:
            loaded = await applications.submit(tx, definitions, application_id, me.person_id)
            return Answer(200, (await views.application(loaded, desk.objects)).fields())

        return await settle_once(request, me.person_id, send)

    @router.post("/{application_id}/withdrawal", response_model=views.Application, responses=refused(409))
    async def withdraw(
        request: Request, application_id: UUID, me: SignedIn, body: WithdrawalBody | None = None
    ) -> Response:
        """Give the application up."""
        reason = body.reason if body else None
        if reason is None:
            return await settle_once(request, me.person_id, partial(withdrawn, application_id, me.person_id, None))
        async with edge(request).reading() as tx:
            await applications.read(tx, definitions, application_id, me.person_id)
        async with desk.writer.about(me.person_id) as written:
            note = await written.put_text(reason)
            answered = await settle_once(request, me.person_id, partial(withdrawn, application_id, me.person_id, note))
            written.answered(answered)
        return answered

    async def withdrawn(application_id: UUID, person_id: UUID, note: ObjectClaim | None, tx: Tx) -> Answer:
        loaded = await applications.withdraw(tx, definitions, application_id, person_id, note)
        return Answer(200, (await views.application(loaded, desk.objects)).fields())

    return router
