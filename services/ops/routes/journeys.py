"""Journeys."""

from typing import Any
from uuid import UUID

from fastapi import Request

from chassis.http import AfterCount, Listed, Router, edge
from contracts.refusals import NotThere
from services.ops.domain.journal import NOTHING
from services.ops.routes.parts import AllOrSome, part
from services.ops.usecases import journal as usecases
from services.ops.views.journeys import EntryShown, entry_shown
from services.ops.who import Operator


def router() -> Router:
    """The routes."""
    routes = Router(prefix="/api/ops", tags=["journeys"])

    @routes.get("/journeys/{application_id}", response_model=Listed[EntryShown])
    async def journeys(
        request: Request, me: Operator, application_id: UUID, limit: AllOrSome = None, after: AfterCount = None
    ) -> dict[str, Any]:
        """One application's records over all services, by cause, then time."""
        async with edge(request).reading() as tx:
            entries = await usecases.tell_journey(tx, application_id)
        if not entries:
            raise NotThere(NOTHING)
        return part([entry_shown(one) for one in entries], limit, after)

    return routes
