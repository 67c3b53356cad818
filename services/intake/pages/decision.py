"""The panel's decision: the letter, the feedback for each item, and what the applicant can do now."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts.refusals import NotThere, Text
from services.intake.dependencies import Dependencies
from services.intake.domain.states import State
from services.intake.pages.own import Task
from services.intake.store import beginning, catalog
from services.intake.store.applications import Loaded
from services.intake.views import catalog as catalog_views
from web.rendering import Pages


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/decision."""

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        application, coaching = loaded.application, loaded.definition.coaching
        if application.decision is None:
            raise NotThere(Text("This application is not decided yet. We mail you when it is."))
        async with edge(request).reading() as tx:
            live = await beginning.find_live(tx, me.person_id, application.credential)
            now = await catalog.current(tx, deps.definitions, application.credential)
        items = {item.key: item for item in loaded.definition.items}
        left = [one.item for one in application.decision.items if not one.demonstrated and one.item in items]
        tried_enough = application.state is State.NOT_YET and application.attempt >= coaching.after_attempts
        return {
            "left": left,
            "demonstrated": [one.item for one in application.decision.items if one.demonstrated and one.item in items],
            "resources": {
                key: [catalog_views.resource(one) for one in loaded.definition.resources if key in one.items]
                for key in left
            },
            "live": live,
            "now": None if now is None else catalog_views.credential(now),
            "coaching": coaching.text if tried_enough else "",
        }

    task = Task(deps, shown, "intake/decision.html", "decision", more)

    @router.get("/applications/{application_id:uuid}/decision")
    async def show(request: Request, application_id: UUID) -> Response:
        """The latest decision."""
        return await task.show(request, application_id)
