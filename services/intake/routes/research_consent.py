"""Consent to research."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from chassis.http import Router, edge, refused
from chassis.http.sessions import SignedIn
from services.intake.bodies import ResearchConsentBody
from services.intake.dependencies import Dependencies
from services.intake.routes.shown import shown
from services.intake.usecases import research_consent
from services.intake.views import research_consent as views


def router(deps: Dependencies) -> Router:
    """GET and PUT /api/applications/{id}/research-consent."""
    routes = Router(prefix="/api/applications/{application_id}/research-consent", tags=["applications"])

    @routes.get("", response_model=views.ResearchConsent)
    async def read(request: Request, application_id: UUID, me: SignedIn) -> Response:
        """The text, whether the applicant consents to it, and what they said before."""
        async with edge(request).reading() as tx:
            found = await research_consent.load(tx, deps.definitions, application_id, me.person_id)
        return shown(views.research_consent(found))

    @routes.put("", response_model=views.ResearchConsent, responses=refused(409))
    async def say(request: Request, application_id: UUID, body: ResearchConsentBody, me: SignedIn) -> Response:
        """Consent to this version of the text, or take a consent back, in any state of the application."""
        whose = (deps.definitions, application_id, me.person_id)
        found = await edge(request).write(lambda tx: research_consent.say(tx, *whose, body.consented, body.version))
        return shown(views.research_consent(found))

    return routes
