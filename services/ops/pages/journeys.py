"""One application's messages over all services, and the form that finds them."""

from uuid import UUID

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from chassis.http import AfterCount, Router, decode_count, edge
from contracts import pages as addresses
from contracts.pages import JOURNEYS
from contracts.refusals import Fault, Invalid, NotThere, Text
from services.ops.domain.journal import NOTHING
from services.ops.usecases import journal as usecases
from services.ops.views.journeys import steps
from services.ops.who import Operator
from web.forms import Form
from web.rendering import Pages

A_PAGE = 200
NOT_AN_ID = Text("An application’s id has 32 letters and digits in five groups: copy it whole.")


def pages(pages: Pages) -> Router:
    """GET /ops/journeys and /ops/journeys/{application_id}."""
    router = Router(prefix=JOURNEYS, include_in_schema=False)

    @router.get("")
    async def find(request: Request, me: Operator, application_id: str | None = None) -> Response:
        """The form; with an id, a redirect to the journey."""
        if application_id is None:
            return await pages.show(request, "ops/find.html", form=Form())
        try:
            return RedirectResponse(addresses.journey(UUID(application_id.strip())), 303)
        except ValueError:
            refused = Invalid(Fault("application_id", NOT_AN_ID))
            return await pages.show_again(request, "ops/find.html", {"application_id": [application_id]}, refused)

    @router.get("/{application_id:uuid}")
    async def journey(request: Request, me: Operator, application_id: UUID, after: AfterCount = None) -> Response:
        """A journey, by cause, then time."""
        async with edge(request).reading() as tx:
            entries = await usecases.tell_journey(tx, application_id)
        if not entries:
            raise NotThere(NOTHING)
        told = steps(entries)
        start = decode_count(after)
        here = addresses.journey(application_id)
        return await pages.show(
            request,
            "ops/journey.html",
            application_id=application_id,
            number=len(told),
            first=min(step.record.time for step in told),
            last=max(step.record.time for step in told),
            letters=sum(step.letter for step in told),
            steps=told[start : start + A_PAGE],
            next_path=f"{here}?after={start + A_PAGE}" if start + A_PAGE < len(told) else "",
        )

    return router
