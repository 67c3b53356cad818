"""The question of who may apply, if a credential has one. It comes before the fee."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.refusals import NotThere, Text
from services.intake.bodies import EligibilityBody
from services.intake.dependencies import Dependencies
from services.intake.domain.applications import eligible
from services.intake.pages.own import Task
from services.intake.store.applications import Loaded
from services.intake.usecases import eligibility
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {"eligible": Text("Your answer is saved. You may apply."), "not-eligible": Text("Your answer is saved.")}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/eligibility."""
    place = "/applications/{application_id:uuid}/eligibility"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        if loaded.definition.eligibility_rule is None:
            raise NotThere(Text("%(name)s has no question about who may apply.", name=loaded.definition.name))
        return {"form": forms.Form.of_values({"answer": loaded.application.eligibility})}

    task = Task(deps, shown, "intake/eligibility.html", "eligibility", more)

    @router.get(place)
    async def show(request: Request, application_id: UUID) -> Response:
        """The question, and the meaning of the answer."""
        return await task.show(request, application_id)

    @router.post(place)
    async def answer(request: Request, application_id: UUID) -> Response:
        """Save the answer. People who may not apply stay on this page, which says why."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            given = forms.fill(EligibilityBody, typed).answer
            whose = (deps.definitions, application_id, me.person_id)
            loaded = await edge(request).write(lambda tx: eligibility.answer(tx, *whose, given))
            if eligible(loaded.application, loaded.definition):
                return done(addresses.application(application_id), "eligible")
            return done(addresses.eligibility(application_id), "not-eligible")

        return await task.answer(request, application_id, act)
