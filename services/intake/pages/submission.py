"""The whole application on one page: what is missing, what goes to the panel, and the button that submits it. After the
submission it says what happens next."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.refusals import Text
from services.intake.dependencies import Dependencies
from services.intake.pages.missing import lacking
from services.intake.pages.own import Task
from services.intake.store.applications import Loaded
from services.intake.usecases import submission
from services.intake.views.drafts import not_handed_in
from services.intake.views.submission import pieces
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {"submitted": Text("Your application is submitted.")}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/submission."""
    place = "/applications/{application_id:uuid}/submission"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        submitted = [moment.at for moment in loaded.application.timeline if moment.what == "submitted"]
        return {
            "form": forms.Form(),
            "missing": lacking(loaded),
            "drafts": not_handed_in(loaded),
            "pieces": await pieces(loaded, deps.objects),
            "submitted_at": submitted[-1] if submitted else None,
        }

    task = Task(deps, shown, "intake/submission.html", "submission", more)

    @router.get(place)
    async def check(request: Request, application_id: UUID) -> Response:
        """Everything that the panel will see, and what is missing. Opening it submits nothing; its button does."""
        return await task.show(request, application_id)

    @router.post(place)
    async def submit(request: Request, application_id: UUID) -> Response:
        """Hand the application to the panel."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: submission.submit(tx, *whose))
            return done(addresses.submission(application_id), "submitted")

        return await task.answer(request, application_id, act)
