"""Requirements of a submitted application that staff open again."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.refusals import Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.domain import reopening as rules
from services.intake.domain.states import TRANSITIONS, Action
from services.intake.staff_bodies import ReopeningPageBody
from services.intake.store import applications as store
from services.intake.usecases import reopenings
from services.intake.views import catalog
from web import forms
from web.flash import done
from web.rendering import Pages
from web.visitor import visitor_of

FLASHES = {
    "reopened": Text("The requirements are open again. The applicant is mailed."),
    "reopening-ended": Text("The reopening is ended."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/applications/{id}/reopening, and its /{reopening}/end."""
    place = "/staff/applications/{application_id:uuid}/reopening"

    @router.get(place)
    async def form(request: Request, application_id: UUID, _: Staff) -> Response:
        """Requirements that can be opened again, and those that are open."""
        facts = await about(request, application_id)
        zone = (await visitor_of(request)).reader.zone
        usual = edge(request).clock().astimezone(zone).date() + timedelta(days=7)
        filled = forms.Form.of_values({"until": usual.isoformat()})
        return await shown.show(request, "intake/reopening.html", form=filled, **facts)

    @router.post(place)
    async def reopen(request: Request, application_id: UUID, me: Staff) -> Response:
        """Open requirements again until the end of a day."""
        typed = await forms.typed(request)
        try:
            body = forms.fill(ReopeningPageBody, {"requirements": (), **typed})
            zone = (await visitor_of(request)).reader.zone
            until = datetime.combine(body.until + timedelta(days=1), time(), zone)
            ids = uuid4(), uuid4()
            asked = (body.requirements, until, body.reason, me.person_id)
            await edge(request).write(lambda tx: reopenings.reopen(tx, deps.definitions, application_id, ids, *asked))
        except Refused as refused:
            facts = await about(request, application_id)
            return await shown.show_again(request, "intake/reopening.html", typed, refused, **facts)
        return done(addresses.staff_application(application_id), "reopened")

    @router.post(place + "/{reopening_id:uuid}/end")
    async def end(request: Request, application_id: UUID, reopening_id: UUID, me: Staff) -> Response:
        """End a reopening early."""
        audit_id = uuid4()
        await edge(request).write(
            lambda tx: reopenings.end(tx, deps.definitions, application_id, reopening_id, audit_id, me.person_id)
        )
        return done(addresses.staff_reopening(application_id), "reopening-ended")

    async def about(request: Request, application_id: UUID) -> Mapping[str, Any]:
        async with edge(request).reading() as tx:
            loaded = await store.load_anybodys(tx, deps.definitions, application_id)
        application = loaded.application
        now = edge(request).clock()
        return {
            "application_id": application_id,
            "credential": catalog.credential(loaded.definition),
            "possible": (application.state, Action.REOPEN) in TRANSITIONS,
            "requirements": rules.reopenable(application, loaded.definition),
            "names": {one.key: one.name for one in loaded.definition.requirements},
            "reopened": [one for one in application.reopened if one.until > now],
        }
