"""Cohorts, for the program's staff. An ETag names the edition of what is edited; `If-Match` with another one is
refused."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Query, Request
from fastapi.responses import Response

from chassis.http import AfterPlace, Router, decode_place, edge, encode_place, listed, refused
from chassis.http.conditions import seen, tagged
from chassis.http.sessions import Staff
from contracts.editions import edition
from services.intake.cohort_bodies import CohortBody, MoveBody, RemovalBody, SessionOfCohortBody
from services.intake.dependencies import Dependencies
from services.intake.domain.audit import By
from services.intake.routes.shown import shown
from services.intake.store import cohorts as store
from services.intake.usecases import cohorts
from services.intake.views import Items
from services.intake.views import cohorts as views

NOTHING = "-"
"""The tag of a thing that does not exist; a cohort always exists."""


def router(deps: Dependencies) -> Router:
    """/api/staff/cohorts and everything under it. Acts of staff are noted in the audit trail."""
    routes = Router(prefix="/api/staff/cohorts", tags=["staff"])

    @routes.get("", response_model=Items[views.Listed])
    async def all_of_them(
        request: Request, _: Staff, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: AfterPlace = None
    ) -> Response:
        """All cohorts, the newest first."""
        async with edge(request).reading() as tx:
            found = await store.page(tx, decode_place(after, None), limit + 1)
        page = listed(found, limit, lambda one: encode_place(one.created_at, one.cohort.cohort_id))
        items = [views.listed(one.cohort, one.created_at) for one in page["items"]]
        return shown(Items(items=items, next=page["next"]))

    @routes.post("", status_code=201, response_model=views.Overseen)
    async def create(request: Request, body: CohortBody, me: Staff) -> Response:
        """A new cohort, as a draft that only staff see."""
        cohort_id, by = uuid4(), By(me.person_id, uuid4())
        await edge(request).write(lambda tx: cohorts.create(tx, deps.definitions, cohort_id, body.asked(), by))
        return await overseen(request, cohort_id, 201)

    @routes.get("/{cohort_id}", response_model=views.Overseen)
    async def one(request: Request, cohort_id: UUID, _: Staff) -> Response:
        """A cohort with its members and its waiting list. Its ETag is that of its details."""
        return await overseen(request, cohort_id)

    @routes.put("/{cohort_id}", response_model=views.Overseen, responses=refused(409, 412))
    async def edit(request: Request, cohort_id: UUID, body: CohortBody, me: Staff) -> Response:
        """Change the details. New places go to the waiting list at once."""
        by, known = By(me.person_id, uuid4()), seen(request, NOTHING)
        await edge(request).write(lambda tx: cohorts.edit(tx, deps.definitions, cohort_id, body.asked(), by, known))
        return await overseen(request, cohort_id)

    @routes.post("/{cohort_id}/opening", response_model=views.Overseen, responses=refused(409))
    async def open_it(request: Request, cohort_id: UUID, me: Staff) -> Response:
        """Let applicants join."""
        by = By(me.person_id, uuid4())
        await edge(request).write(lambda tx: cohorts.open_to_applicants(tx, cohort_id, by))
        return await overseen(request, cohort_id)

    @routes.post("/{cohort_id}/cancellation", response_model=views.Overseen, responses=refused(409))
    async def cancel(request: Request, cohort_id: UUID, me: Staff) -> Response:
        """Cancel the whole cohort. All members and all who wait are told by mail."""
        by = By(me.person_id, uuid4())
        await edge(request).write(lambda tx: cohorts.cancel(tx, cohort_id, by))
        return await overseen(request, cohort_id)

    @routes.post("/{cohort_id}/sessions", status_code=201, response_model=views.Overseen, responses=refused(409))
    async def add_session(request: Request, cohort_id: UUID, body: SessionOfCohortBody, me: Staff) -> Response:
        """Add a session. Members are told by mail."""
        by, session_id = By(me.person_id, uuid4()), uuid4()
        what = body.asked()
        await edge(request).write(lambda tx: cohorts.schedule(tx, cohort_id, session_id, what, by, new=True))
        return await overseen(request, cohort_id, 201)

    @routes.get("/{cohort_id}/sessions/{session_id}", response_model=views.CohortSession)
    async def one_session(request: Request, cohort_id: UUID, session_id: UUID, _: Staff) -> Response:
        """A session. Its ETag is for changing it."""
        async with edge(request).reading() as tx:
            cohort = await store.load(tx, cohort_id)
            called = await store.called(tx, [])
        kept = cohorts.session_kept(cohorts.session_of(cohort, session_id))
        view = next(one for one in views.overseen(cohort, called).sessions if one.session_id == session_id)
        return tagged(shown(view), edition(kept))

    @routes.put("/{cohort_id}/sessions/{session_id}", response_model=views.Overseen, responses=refused(409, 412))
    async def change_session(
        request: Request,
        cohort_id: UUID,
        session_id: UUID,
        body: SessionOfCohortBody,
        me: Staff,
    ) -> Response:
        """Change a session. Members are told by one mail, whatever changed."""
        by, known, what = By(me.person_id, uuid4()), seen(request, NOTHING), body.asked()
        await edge(request).write(lambda tx: cohorts.schedule(tx, cohort_id, session_id, what, by, known, new=False))
        return await overseen(request, cohort_id)

    @routes.delete("/{cohort_id}/sessions/{session_id}", response_model=views.Overseen, responses=refused(409, 412))
    async def cancel_session(request: Request, cohort_id: UUID, session_id: UUID, me: Staff) -> Response:
        """Cancel a session; members are told by mail. From a draft the session is removed. With `If-Match`, only if it
        is as it was read."""
        by, known = By(me.person_id, uuid4()), seen(request, NOTHING)
        await edge(request).write(lambda tx: cohorts.cancel_session(tx, cohort_id, session_id, by, known))
        return await overseen(request, cohort_id)

    @routes.post("/{cohort_id}/places/{application_id}/removal", response_model=views.Overseen, responses=refused(409))
    async def remove(request: Request, cohort_id: UUID, application_id: UUID, body: RemovalBody, me: Staff) -> Response:
        """Remove a person from the cohort, or from its waiting list. They are told by mail."""
        by = By(me.person_id, uuid4())
        await edge(request).write(lambda tx: cohorts.remove(tx, cohort_id, application_id, body.reason, by))
        return await overseen(request, cohort_id)

    @routes.post("/{cohort_id}/places/{application_id}/move", response_model=views.Overseen, responses=refused(409))
    async def move(request: Request, cohort_id: UUID, application_id: UUID, body: MoveBody, me: Staff) -> Response:
        """Move somebody to another cohort, where they get a free place or wait. They are told by mail."""
        by = By(me.person_id, uuid4())
        what = (application_id, body.cohort_id, body.reason)
        await edge(request).write(lambda tx: cohorts.move(tx, cohort_id, *what, by))
        return await overseen(request, cohort_id)

    return routes


async def overseen(request: Request, cohort_id: UUID, status: int = 200) -> Response:
    """The answer: a cohort as staff see it."""
    async with edge(request).reading() as tx:
        cohort = await store.load(tx, cohort_id)
        called = await store.called(tx, cohort.people)
    answer = shown(views.overseen(cohort, called), status)
    return tagged(answer, edition(cohort.details.kept()))
