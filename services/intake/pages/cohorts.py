"""The cohort of an application: those that it can join, its own with the sessions, and leaving it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.refusals import Text
from services.intake.cohort_bodies import JoinBody
from services.intake.dependencies import Dependencies
from services.intake.domain.states import LIVE
from services.intake.pages.own import Task
from services.intake.store import cohorts as store
from services.intake.store.applications import Loaded
from services.intake.usecases import cohorts
from services.intake.views import cohorts as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "cohort-joined": Text("You joined the cohort, or its waiting list. Your place is shown below."),
    "cohort-left": Text("You are not in the cohort any more."),
}

STATES: Mapping[str, tuple[str, Text]] = {
    "draft": ("idle", Text("Draft")),
    "open": ("go", Text("Open to applicants")),
    "running": ("info", Text("Running")),
    "finished": ("idle", Text("Finished")),
    "cancelled": ("stop", Text("Cancelled")),
}
"""The words for a cohort's state, with their tone."""

PLACES: Mapping[str, tuple[str, Text]] = {
    "member": ("go", Text("Has a place")),
    "waiting": ("wait", Text("Waits")),
    "left": ("idle", Text("Left")),
    "removed": ("stop", Text("Removed by staff")),
    "moved": ("idle", Text("Moved to another cohort")),
    "application_ended": ("idle", Text("The application ended")),
    "cohort_ended": ("idle", Text("The cohort ended")),
}
"""The words for the state of a place."""


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/cohort, its /leaving."""
    place = "/applications/{application_id:uuid}/cohort"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        async with edge(request).reading() as tx:
            found = await store.open_ones(tx, loaded.application.credential)
        offered = [views.offered(one, tx.now) for one in found]
        return {
            "form": forms.Form(),
            "offered": offered,
            "live": loaded.application.state in LIVE,
            "cohort_states": STATES,
        }

    task = Task(deps, shown, "intake/cohort.html", "cohort", more)

    @router.get(place)
    async def cohort(request: Request, application_id: UUID) -> Response:
        """The application's cohort, or those that it can join."""
        return await task.show(request, application_id)

    @router.post(place)
    async def join(request: Request, application_id: UUID) -> Response:
        """Take a place, or the next one on the waiting list."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            cohort_id = forms.fill(JoinBody, typed).cohort_id
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: cohorts.join(tx, *whose, cohort_id))
            return done(addresses.cohort(application_id), "cohort-joined")

        return await task.answer(request, application_id, act)

    @router.post(f"{place}/leaving")
    async def leave(request: Request, application_id: UUID) -> Response:
        """Give the place up."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: cohorts.leave(tx, *whose))
            return done(addresses.cohort(application_id), "cohort-left")

        return await task.answer(request, application_id, act)
