"""The applicant's routes: start, basic information, agreement, path, withdrawal."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Query, Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import AfterPlace, Answer, Router, answer_once, decode_place, edge, encode_place, listed, refused
from chassis.http.conditions import seen as seen_by
from chassis.http.conditions import tagged
from chassis.http.sessions import SignedIn
from contracts.claims import ObjectClaim
from contracts.editions import edition
from contracts.refusals import NotThere, Text
from services.intake.bodies import AgreementBody, BasicInformationBody, PathBody, StartBody, WithdrawalBody
from services.intake.dependencies import Dependencies
from services.intake.domain.applications import BasicInformation, basic_kept, path_kept
from services.intake.routes.shown import shown
from services.intake.store import applications as store
from services.intake.usecases import applications, beginning
from services.intake.views import Items
from services.intake.views import applications as views

FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


def router(deps: Dependencies) -> Router:
    """/api/applications. Only applicants reach their applications."""
    routes = Router(prefix="/api/applications", tags=["applications"])
    definitions = deps.definitions

    @routes.post("", status_code=201, response_model=views.Application, responses=refused(404, 409))
    async def start(request: Request, body: StartBody, me: SignedIn) -> Response:
        """Begin an application."""
        application_id = uuid4()

        async def work(tx: Tx) -> Answer:
            loaded = await beginning.start(tx, definitions, deps.rules, application_id, me.person_id, body.credential)
            return Answer(201, await views.application(loaded, deps.objects))

        return await answer_once(request, me.person_id, work)

    @routes.get("", response_model=Items[views.Application])
    async def mine(
        request: Request, me: SignedIn, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterPlace = None
    ) -> Response:
        """The caller's applications, in the order of their start."""
        async with edge(request).reading() as tx:
            found = await store.list_own(tx, definitions, me.person_id, decode_place(after, FIRST), limit + 1)
        page = listed(found, limit, lambda loaded: encode_place(loaded.started_at, loaded.application.application_id))
        items = [await views.application(loaded, deps.objects) for loaded in page["items"]]
        return shown(Items(items=items, next=page["next"]))

    @routes.get("/{application_id}", response_model=views.Application)
    async def one(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """One application."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        return shown(await views.application(loaded, deps.objects))

    @routes.get("/{application_id}/basic-information", response_model=views.BasicInformation)
    async def described(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The basic information, as it is stored. Its `ETag` is for `If-Match`."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        kept = basic_kept(loaded.application)
        if kept is None:
            raise NotThere(Text("The basic information is not given yet."))
        return tagged(shown(views.BasicInformation.model_validate(kept)), edition(kept))

    @routes.put("/{application_id}/basic-information", response_model=views.Application, responses=refused(409, 412))
    async def describe(request: Request, application_id: UUID, body: BasicInformationBody, me: SignedIn) -> Response:
        """Save the basic information. With `If-Match` (the `ETag` of what was read), another state is not overwritten:
        412."""
        basic = BasicInformation(**body.model_dump())
        seen = seen_by(request, edition(None))
        loaded = await edge(request).write(
            lambda tx: applications.describe(tx, definitions, application_id, me.person_id, basic, seen)
        )
        return tagged(shown(await views.application(loaded, deps.objects)), edition(basic_kept(loaded.application)))

    @routes.put("/{application_id}/agreement", response_model=views.Application, responses=refused(409))
    async def agree(request: Request, application_id: UUID, body: AgreementBody, me: SignedIn) -> Response:
        """Accept the agreement."""
        loaded = await edge(request).write(
            lambda tx: applications.accept_agreement(tx, definitions, application_id, me.person_id, body.version)
        )
        return shown(await views.application(loaded, deps.objects))

    @routes.get("/{application_id}/path", response_model=views.ChosenPath)
    async def chosen_path(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The chosen path. Its `ETag` is for `If-Match`."""
        async with edge(request).reading() as tx:
            loaded = await store.load_own(tx, definitions, application_id, me.person_id)
        kept = path_kept(loaded.application)
        if kept is None:
            raise NotThere(Text("No path is chosen yet."))
        return tagged(shown(views.ChosenPath.model_validate(kept)), edition(kept))

    @routes.put("/{application_id}/path", response_model=views.Application, responses=refused(409, 412))
    async def choose_path(request: Request, application_id: UUID, body: PathBody, me: SignedIn) -> Response:
        """Choose one of the paths. With `If-Match` (the `ETag` of what was read), another choice is not overwritten:
        412."""
        whose, seen = (definitions, application_id, me.person_id), seen_by(request, edition(None))
        loaded = await edge(request).write(
            lambda tx: applications.choose_path(tx, *whose, body.path, body.answer, seen)
        )
        return tagged(shown(await views.application(loaded, deps.objects)), edition(path_kept(loaded.application)))

    @routes.post("/{application_id}/withdrawal", response_model=views.Application, responses=refused(409))
    async def withdraw(
        request: Request, application_id: UUID, me: SignedIn, body: WithdrawalBody | None = None
    ) -> Response:
        """Withdraw the application."""
        note: ObjectClaim | None = None

        async def work(tx: Tx) -> Answer:
            loaded = await applications.withdraw(tx, definitions, application_id, me.person_id, note)
            return Answer(200, await views.application(loaded, deps.objects))

        if body is None or body.reason is None:
            return await answer_once(request, me.person_id, work)
        async with edge(request).reading() as seen:
            await store.load_own(seen, definitions, application_id, me.person_id)
        async with deps.writer.about(me.person_id) as written:
            note = await written.put_text(body.reason)
            answered = await answer_once(request, me.person_id, work, after=seen)
            written.answered(answered)
        return answered

    return routes
