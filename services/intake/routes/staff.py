"""Routes of the program's staff: all applications, one of them to read, and the audit trail."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from chassis.database.pool import Database
from chassis.http import AfterPlace, Router, decode_place, edge, encode_place, listed
from chassis.http.sessions import Admin, Staff
from chassis.times import Moment
from services.intake.dependencies import Dependencies
from services.intake.domain import audit as audit_rules
from services.intake.domain import staff as rules
from services.intake.domain.audit import Act
from services.intake.domain.staff import ListFilter, Order, Sort
from services.intake.domain.states import State
from services.intake.routes.shown import shown
from services.intake.store import audit as audit_store
from services.intake.store import staff as store
from services.intake.store.catalog import names
from services.intake.usecases import people, staff
from services.intake.views import Items
from services.intake.views import audit as audit_views
from services.intake.views import staff as views

MOST_LINES = 1_000_000
AT_ONCE = 500
"""The most lines of a CSV that are in memory at once."""

CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The list, one line for each application",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}
Limit = Annotated[int, Query(ge=1, le=200)]
Words = Annotated[str, Query(max_length=200, description="a number, the beginning of an address, words of a name")]
Named = Annotated[str, Query(max_length=320, description="a person: their number, or their e-mail address")]
Slug = Annotated[str | None, Query(max_length=80)]


def asked(
    state: State | None = None,
    credential: Slug = None,
    begun_from: Moment | None = None,
    begun_before: Moment | None = None,
    changed_from: Moment | None = None,
    changed_before: Moment | None = None,
    q: Words = "",
    sort: Sort = Sort.BEGUN,
    order: Order = Order.DESCENDING,
) -> ListFilter:
    """The filters of the list. `begun_from` and `begun_before` bound a list that is sorted by the beginning,
    `changed_from` and `changed_before` one that is sorted by the last change; `from` is included, `before` is not. A
    date means its midnight, UTC."""
    bounds = {Sort.BEGUN: (begun_from, begun_before), Sort.CHANGED: (changed_from, changed_before)}
    rules.check_bounds(sort, bounds)
    since, before = bounds[sort]
    return ListFilter(
        state=state,
        credential=credential,
        since=since,
        before=before,
        search=rules.search(q),
        sort=sort,
        order=order,
    )


Filtered = Annotated[ListFilter, Depends(asked)]


def router(deps: Dependencies) -> Router:
    """/api/staff: applications, applications.csv, applications/{id}, audit."""
    routes = Router(prefix="/api/staff", tags=["staff"])

    @routes.get("/applications", response_model=Items[views.Listed])
    async def applications(
        request: Request,
        _: Staff,
        wanted: Filtered,
        limit: Limit = 50,
        after: AfterPlace = None,
    ) -> Response:
        """All applications. The bounds begin with the name of the time by which the list is sorted, as
        `changed_from`."""
        async with edge(request).reading() as tx:
            rows = await store.page(tx, wanted, decode_place(after, None), limit + 1)
            called = await names(tx, deps.definitions)
        page = listed(rows, limit, lambda row: encode_place(row.time_of(wanted.sort), row.application_id))
        return shown(Items(items=[views.listed(row, called) for row in page["items"]], next=page["next"]))

    @routes.get("/applications.csv", response_class=Response, responses=CSV)
    async def applications_csv(
        request: Request,
        me: Staff,
        wanted: Filtered,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
    ) -> Response:
        """The same list as CSV, at most `limit` lines, sent while it is read. It is noted in the audit trail."""
        # The first rows are read before the answer begins, so that an early failure is refused in words and does not
        # break off a file.
        async with edge(request).reading() as tx:
            first = await store.page(tx, wanted, None, min(AT_ONCE, limit))
        await edge(request).write(lambda tx: staff.note_export(tx, uuid4(), me.person_id))
        return StreamingResponse(
            lines(edge(request), wanted, first, limit),
            media_type="text/csv; charset=utf-8; header=present",
            headers={"Content-Disposition": 'attachment; filename="applications.csv"'},
        )

    @routes.get("/applications/{application_id}", response_model=views.Application)
    async def one(request: Request, application_id: UUID, me: Staff) -> Response:
        """One application as its applicant sees it. The look is noted in the audit trail."""
        seen = await edge(request).write(
            lambda tx: staff.look(tx, deps.definitions, uuid4(), application_id, me.person_id)
        )
        return shown(await views.application(seen, deps.objects))

    @routes.get("/audit", response_model=Items[audit_views.Recorded])
    async def audit(
        request: Request,
        _: Admin,
        actor: Named = "",
        person: Named = "",
        act: Act | None = None,
        since: Moment | None = None,
        before: Moment | None = None,
        limit: Limit = 50,
        after: AfterPlace = None,
    ) -> Response:
        """Who did what, the newest first. `since` is included, `before` is not."""
        async with edge(request).reading() as tx:
            wanted = audit_rules.TrailFilter(
                actor=await people.named(tx, "actor", actor),
                person_id=await people.named(tx, "person", person),
                act=act,
                since=since,
                before=before,
            )
            found = await audit_store.page(tx, wanted, decode_place(after, None), limit + 1)
        page = listed(found, limit, lambda one: encode_place(one.at, one.audit_id))
        return shown(Items(items=[audit_views.recorded(one) for one in page["items"]], next=page["next"]))

    return routes


async def lines(database: Database, wanted: ListFilter, first: list[store.Row], most: int) -> AsyncIterator[str]:
    """The CSV of a list whose first rows are read already, some lines at a time. No connection is held while the client
    takes them."""
    yield rules.line(views.COLUMNS)
    rows, left = first, most
    while rows:
        yield "".join(rules.line(views.listed(row, {}).cells()) for row in rows)
        left -= len(rows)
        if left <= 0 or len(rows) < AT_ONCE:
            return
        place: tuple[datetime, UUID] = rows[-1].time_of(wanted.sort), rows[-1].application_id
        async with database.reading() as tx:
            rows = await store.page(tx, wanted, place, min(AT_ONCE, left))
