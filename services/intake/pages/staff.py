"""Pages for the program's staff: all applications, and one of them as its applicant sees it."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, decode_place, edge, encode_place, listed
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.refusals import Refused
from services.intake.dependencies import Dependencies
from services.intake.domain import staff as rules
from services.intake.domain.staff import ListFilter, Order, Sort
from services.intake.domain.states import State
from services.intake.pages import wording
from services.intake.pages.letters import told_of
from services.intake.pages.own import facts
from services.intake.staff_bodies import StaffListBody
from services.intake.store import letters as letters_store
from services.intake.store import staff as store
from services.intake.store.catalog import names
from services.intake.usecases import staff
from services.intake.views import staff as views
from web import forms
from web.rendering import Pages
from web.visitor import visitor_of

A_PAGE = 50


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff, /staff/applications/{id}."""

    @router.get("/staff")
    async def overview(request: Request, _: Staff) -> Response:
        """All applications: filters, a search, two orders. The address of the page keeps the choice."""
        typed = chosen(request)
        async with edge(request).reading() as tx:
            called = await names(tx, deps.definitions)
        facts: dict[str, Any] = {"credentials": sorted(called.items(), key=lambda one: one[1]), "states": list(State)}
        try:
            body = forms.fill(StaffListBody, typed)
            wanted = wanted_by(body, (await visitor_of(request)).reader.zone)
            async with edge(request).reading() as tx:
                rows = await store.page(tx, wanted, decode_place(body.after, None), A_PAGE + 1)
        except Refused as refused:
            nothing: dict[str, Any] = {
                "items": [],
                "filtered": True,
                "next_path": "",
                "csv_path": "",
                "sorts": {},
                "wanted": ListFilter(),
            }
            return await shown.show_again(
                request, "intake/staff.html", typed, refused, wording=wording, **nothing, **facts
            )
        page = listed(rows, A_PAGE, lambda row: encode_place(row.time_of(wanted.sort), row.application_id))
        filters = {
            name: values[0] for name, values in typed.items() if values[0] and name in StaffListBody.model_fields
        }
        kept = {name: value for name, value in filters.items() if name != "after"}
        return await shown.show(
            request,
            "intake/staff.html",
            form=forms.Form(typed),
            items=[views.listed(row, called) for row in page["items"]],
            filtered=bool(filters.keys() - {"sort", "order"}),
            first_path=address(kept) if body.after else "",
            next_path=address(kept | {"after": page["next"]}) if page["next"] else "",
            csv_path=csv_address(body, wanted),
            sorts={sort.value: sorted_by(kept, wanted, sort) for sort in Sort},
            wanted=wanted,
            wording=wording,
            **facts,
        )

    @router.get("/staff/applications/{application_id:uuid}")
    async def one(request: Request, application_id: UUID, me: Staff) -> Response:
        """One application as its applicant sees it. The look is noted in the audit trail."""
        seen = await edge(request).write(
            lambda tx: staff.look(tx, deps.definitions, uuid4(), application_id, me.person_id)
        )
        loaded = seen.loaded
        async with edge(request).reading() as tx:
            letters = told_of(loaded, await letters_store.of_application(tx, application_id))
        mine = {"application": await views.application(seen, deps.objects), "onlooker": True}
        return await shown.show(
            request,
            "intake/application.html",
            **await facts(deps, loaded) | mine | letters | {"now": edge(request).clock()},
        )


def chosen(request: Request) -> forms.Typed:
    """The query of a list's address, as a form would send it."""
    return {name: request.query_params.getlist(name) for name in request.query_params}


def wanted_by(body: StaffListBody, zone: ZoneInfo) -> ListFilter:
    """The filters; days are those of the reader's zone."""
    until = None if body.until is None else body.until + timedelta(days=1)
    return ListFilter(
        state=body.state,
        credential=body.credential,
        since=None if body.since is None else datetime.combine(body.since, time(), zone),
        before=None if until is None else datetime.combine(until, time(), zone),
        search=rules.search(body.q),
        sort=body.sort,
        order=body.order,
    )


def address(query: dict[str, str]) -> str:
    """The address of the list with these filters."""
    return f"{addresses.STAFF}?{urlencode(query)}" if query else addresses.STAFF


def csv_address(body: StaffListBody, wanted: ListFilter) -> str:
    """The same list as CSV, with the API's names."""
    query = {
        "q": body.q,
        "state": body.state,
        "credential": body.credential,
        f"{wanted.sort.value}_from": wanted.since and wanted.since.isoformat(),
        f"{wanted.sort.value}_before": wanted.before and wanted.before.isoformat(),
        "sort": body.sort,
        "order": body.order,
    }
    return f"{addresses.STAFF_CSV}?{urlencode({name: value for name, value in query.items() if value})}"


def sorted_by(kept: dict[str, str], wanted: ListFilter, sort: Sort) -> str:
    """The list sorted by this time. If it is sorted so already, the other end comes first. The days belong to one
    sorting, so they are left out."""
    turned = sort is wanted.sort and wanted.order is Order.DESCENDING
    if sort is not wanted.sort:
        kept = {name: value for name, value in kept.items() if name not in ("since", "until")}
    return address(kept | {"sort": sort.value, "order": (Order.ASCENDING if turned else Order.DESCENDING).value})
