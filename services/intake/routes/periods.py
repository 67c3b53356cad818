"""Enrollment periods: for everybody to read, and for staff to make and change."""

from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Answer, Router, answer_once, edge, refused
from chassis.http.conditions import seen as seen_by
from chassis.http.conditions import tagged
from chassis.http.sessions import Staff
from contracts.editions import edition
from services.intake.dependencies import Dependencies
from services.intake.domain.audit import By
from services.intake.domain.periods import find
from services.intake.routes.shown import shown
from services.intake.staff_bodies import PeriodBody
from services.intake.store import periods as store
from services.intake.usecases import periods
from services.intake.views import Items
from services.intake.views import periods as views


def router(deps: Dependencies) -> Router:
    """GET /api/periods and /api/enrollment; /api/staff/periods."""
    routes = Router(tags=["periods"])
    rules = deps.rules

    @routes.get("/api/periods", response_model=Items[views.Period])
    async def all_of_them(request: Request) -> Response:
        """All enrollment periods, by their days."""
        async with edge(request).reading() as tx:
            found = await store.all_of_them(tx)
        return shown(Items(items=[views.period(one, rules, tx.now) for one in found]))

    @routes.get("/api/enrollment", response_model=views.Enrollment)
    async def enrollment(request: Request) -> Response:
        """When an application can begin: at any time, or in periods."""
        async with edge(request).reading() as tx:
            found = await store.all_of_them(tx)
        return shown(views.enrollment(found, rules, tx.now))

    @routes.get("/api/staff/periods", response_model=Items[views.Counted])
    async def counted(request: Request, _: Staff) -> Response:
        """All periods, with their numbers of applications."""
        async with edge(request).reading() as tx:
            found, numbers = await store.all_of_them(tx), await store.numbers(tx)
        return shown(Items(items=views.counted(found, numbers, rules, tx.now)))

    @routes.post("/api/staff/periods", status_code=201, response_model=views.Period)
    async def plan(request: Request, me: Staff, body: PeriodBody) -> Response:
        """Add a period."""
        period_id, by = uuid4(), By(me.person_id, uuid4())

        async def work(tx: Tx) -> Answer:
            made = await periods.plan(tx, rules, period_id, body.name, body.first_day, body.last_day, by)
            return Answer(201, views.period(made, rules, tx.now))

        return await answer_once(request, me.person_id, work)

    @routes.get("/api/staff/periods/{period_id}", response_model=views.Counted)
    async def one(request: Request, _: Staff, period_id: UUID) -> Response:
        """A period, with its number of applications. Its `ETag` is for `If-Match`."""
        async with edge(request).reading() as tx:
            found, numbers = await store.all_of_them(tx), await store.numbers(tx)
        period = find(found, period_id)
        return tagged(shown(views.counted([period], numbers, rules, tx.now)[0]), edition(period.kept()))

    @routes.put("/api/staff/periods/{period_id}", response_model=views.Period, responses=refused(409, 412))
    async def change(request: Request, me: Staff, period_id: UUID, body: PeriodBody) -> Response:
        """Change the name or the days of a period. Its applications are due when it ends. With `If-Match` (the `ETag`
        of what was read), another state is not overwritten: 412, with the stored one as `current`."""
        by, seen = By(me.person_id, uuid4()), seen_by(request, edition(None))
        what = (body.name, body.first_day, body.last_day)
        found = await edge(request).write(lambda tx: periods.change(tx, rules, period_id, *what, by, seen))
        return tagged(shown(views.period(found, rules, edge(request).clock())), edition(found.kept()))

    @routes.delete("/api/staff/periods/{period_id}", status_code=204, responses=refused(409, 412))
    async def take_out(request: Request, me: Staff, period_id: UUID) -> Response:
        """Remove a period that has not begun. With `If-Match`, only if it is as it was read."""
        by, seen = By(me.person_id, uuid4()), seen_by(request, edition(None))
        await edge(request).write(lambda tx: periods.take_out(tx, rules, period_id, by, seen))
        return Response(status_code=204)

    return routes
