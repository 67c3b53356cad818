"""Enrollment periods, for the program's staff."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.editions import edition
from contracts.refusals import Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.domain.audit import By
from services.intake.domain.periods import find
from services.intake.pages.tasks import seen
from services.intake.staff_bodies import PeriodBody
from services.intake.store import periods as store
from services.intake.usecases import periods
from services.intake.views import periods as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "period-made": Text("The period is made."),
    "period-changed": Text("The period is changed."),
    "period-removed": Text("The period is removed."),
}

STAGES: Mapping[str, tuple[str, Text]] = {
    "planned": ("info", Text("Planned")),
    "open": ("go", Text("Open")),
    "closed": ("idle", Text("Closed")),
}
"""The tone and words for the state of a period."""


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/periods, /staff/periods/{id} and its /removal."""
    rules = deps.rules

    @router.get(addresses.STAFF_PERIODS)
    async def all_of_them(request: Request, _: Staff) -> Response:
        """All periods, and the form for a new one."""
        return await shown.show(request, "intake/periods.html", form=forms.Form(), **await facts(request))

    @router.post(addresses.STAFF_PERIODS)
    async def plan(request: Request, me: Staff) -> Response:
        """Add a period."""
        typed = await forms.typed(request)
        period_id, by = uuid4(), By(me.person_id, uuid4())
        try:
            body = forms.fill(PeriodBody, typed)
            days = (body.first_day, body.last_day)
            await edge(request).write(lambda tx: periods.plan(tx, rules, period_id, body.name, *days, by))
        except Refused as refused:
            return await shown.show_again(request, "intake/periods.html", typed, refused, **await facts(request))
        return done(addresses.STAFF_PERIODS, "period-made")

    @router.get("/staff/periods/{period_id:uuid}")
    async def one(request: Request, period_id: UUID, _: Staff) -> Response:
        """A period, and the form to change it."""
        found = await facts(request, period_id)
        return await shown.show(request, "intake/period.html", form=forms.Form.of_values(found["kept"]), **found)

    @router.post("/staff/periods/{period_id:uuid}")
    async def change(request: Request, period_id: UUID, me: Staff) -> Response:
        """Give a period another name or other days."""
        typed = await forms.typed(request)
        by = By(me.person_id, uuid4())
        try:
            body = forms.fill(PeriodBody, typed)
            days = (body.first_day, body.last_day)
            what = (period_id, body.name, *days, by, seen(typed))
            await edge(request).write(lambda tx: periods.change(tx, rules, *what))
        except Refused as refused:
            found = await facts(request, period_id)
            return await shown.show_again(request, "intake/period.html", typed, refused, **found)
        return done(addresses.STAFF_PERIODS, "period-changed")

    @router.post("/staff/periods/{period_id:uuid}/removal")
    async def take_out(request: Request, period_id: UUID, me: Staff) -> Response:
        """Remove a period that has not begun."""
        known, by = seen(await forms.typed(request)), By(me.person_id, uuid4())
        try:
            await edge(request).write(lambda tx: periods.take_out(tx, rules, period_id, by, known))
        except Refused as refused:
            found = await facts(request, period_id)
            typed = forms.Form.of_values(found["kept"]).typed
            return await shown.show_again(request, "intake/period.html", typed, refused, **found)
        return done(addresses.STAFF_PERIODS, "period-removed")

    async def facts(request: Request, period_id: UUID | None = None) -> dict[str, Any]:
        """All periods, or one of them. Raises NotThere."""
        async with edge(request).reading() as tx:
            known, numbers = await store.all_of_them(tx), await store.numbers(tx)
        found = views.counted(known, numbers, rules, tx.now)
        common = {"stages": STAGES, "zone": rules.zone.key, "rolling": not rules.by_period}
        if period_id is None:
            return {"periods": found, **common}
        kept = find(known, period_id).kept()
        period = next(one for one in found if one.period_id == period_id)
        return {"period": period, "kept": kept, "seen": edition(kept), **common}
