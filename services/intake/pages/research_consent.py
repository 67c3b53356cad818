"""Consent to research: a small page of its own, never a step of an application."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.refusals import Text
from services.intake.bodies import ResearchConsentBody
from services.intake.dependencies import Dependencies
from services.intake.pages.own import Task
from services.intake.store.applications import Loaded
from services.intake.usecases import research_consent
from services.intake.views import research_consent as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "research-consent-given": Text("You consent to research. You can take it back at any time."),
    "research-consent-revoked": Text("You do not consent to research. Nothing else changes."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/research-consent."""
    place = "/applications/{application_id:uuid}/research-consent"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        whose = (deps.definitions, loaded.application.application_id, me.person_id)
        async with edge(request).reading() as tx:
            found = await research_consent.load(tx, *whose)
        return {"form": forms.Form(), "consent": views.research_consent(found)}

    task = Task(deps, shown, "intake/research-consent.html", "research-consent", more)

    @router.get(place)
    async def show(request: Request, application_id: UUID) -> Response:
        """The text, whether the applicant consents, and what they said before."""
        return await task.show(request, application_id)

    @router.post(place)
    async def say(request: Request, application_id: UUID) -> Response:
        """Consent, or take a consent back."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            body = forms.fill(ResearchConsentBody, typed)
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: research_consent.say(tx, *whose, body.consented, body.version))
            told = "research-consent-given" if body.consented else "research-consent-revoked"
            return done(addresses.research_consent(application_id), told)

        return await task.answer(request, application_id, act)
