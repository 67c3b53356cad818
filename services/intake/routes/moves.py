"""Moves of applications to another version of their credential."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Query, Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.sessions import Staff
from services.intake.dependencies import Dependencies
from services.intake.domain.moves import Plan
from services.intake.routes.program import Slug, Version
from services.intake.routes.shown import shown
from services.intake.staff_bodies import MoveBody, MovePreviewBody
from services.intake.store import moves as store
from services.intake.usecases import moves
from services.intake.usecases.catalog import no_version
from services.intake.views import moves as views

MOST_HELD_BACK = 50


def router(deps: Dependencies) -> Router:
    """/api/staff/program/{slug}/{version}/moves and its /preview; /api/staff/moves/{id} and its /undoing."""
    routes = Router(prefix="/api/staff", tags=["staff"])

    @routes.post("/program/{slug}/{version}/moves/preview", response_model=views.Preview)
    async def preview(
        request: Request,
        _: Staff,
        slug: Slug,
        version: Version,
        body: MovePreviewBody,
        after: Annotated[UUID, Query()] = moves.NOBODY,
    ) -> Response:
        """What moving applications from `from_version` to this version would do. Nothing is changed. Without a mapping,
        each thing becomes the one with the same key."""
        files = await deps.program.read()
        async with edge(request).reading() as tx:
            target = await store.definition(tx, deps.definitions, slug, version)
            target = target or files.definitions.get((slug, version))
            if target is None:
                raise no_version(slug, version)
            seen = await moves.preview(tx, deps.definitions, body.from_version, target, plan_of(body), after)
        return shown(views.preview(seen))

    @routes.post("/program/{slug}/{version}/moves", response_model=views.Move, status_code=201, responses=refused(404))
    async def start(request: Request, me: Staff, slug: Slug, version: Version, body: MoveBody) -> Response:
        """Move the named applications, or `all`, to this version. It is done in the background."""
        ids = uuid4(), uuid4()

        async def work(tx: Tx) -> Answer:
            versions = slug, body.from_version, version
            chosen = None if body.all else body.applications
            await moves.start(tx, deps.definitions, ids, versions, plan_of(body), chosen, body.reason, me.person_id)
            return Answer(201, await found(tx, ids[0]))

        return await answer_once(request, me.person_id, work)

    @routes.get("/moves/{move_id}", response_model=views.Move)
    async def one(request: Request, _: Staff, move_id: UUID) -> Response:
        """The progress of a move, and what it left where it was."""
        async with edge(request).reading() as tx:
            return shown(await found(tx, move_id))

    @routes.post("/moves/{move_id}/undoing", response_model=views.Move)
    async def undo(request: Request, me: Staff, move_id: UUID) -> Response:
        """Move all back, except applications in which something came since. It is done in the background."""
        audit_id = uuid4()
        await edge(request).write(lambda tx: moves.undo(tx, move_id, audit_id, me.person_id))
        async with edge(request).reading() as tx:
            return shown(await found(tx, move_id))

    return routes


def plan_of(body: MovePreviewBody) -> Plan | None:
    """The plan of a body; None if it gives none."""
    if body.requirements is None and body.items is None:
        return None
    return Plan(body.requirements or {}, body.items or {})


async def found(tx: Tx, move_id: UUID) -> views.Move:
    """A move, to be shown."""
    return views.move(await moves.find(tx, move_id), await store.held_back(tx, move_id, MOST_HELD_BACK))
