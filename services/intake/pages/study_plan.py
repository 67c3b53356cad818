"""The study plan: what an applicant means to do to prepare, and what of it is done."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.editions import edition
from contracts.refusals import Text
from services.intake.bodies import PlanEntryBody
from services.intake.dependencies import Dependencies
from services.intake.domain import assessment
from services.intake.domain.study_plan import MOST_ENTRIES, EntryContent
from services.intake.pages.own import Task
from services.intake.pages.tasks import seen
from services.intake.store.applications import Loaded
from services.intake.usecases import study_plan
from services.intake.views import study_plan as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "plan-added": Text("Your study plan has a new entry."),
    "plan-changed": Text("Your study plan is saved."),
    "plan-removed": Text("The entry is removed from your study plan."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/study-plan, and one entry of it below."""
    place = "/applications/{application_id:uuid}/study-plan"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        application, definition = loaded.application, loaded.definition
        async with edge(request).reading() as tx:
            plan = await study_plan.load(tx, deps.definitions, application.application_id, me.person_id)
        planned = {one.resource for one in plan.entries if one.resource is not None}
        gaps = assessment.gaps(application.ratings or {}, definition)
        return {
            "form": forms.Form(),
            "nothing_typed": forms.Form(),
            "entries": [(views.entry(one), edition(study_plan.kept(one))) for one in plan.entries],
            "full": len(plan.entries) >= MOST_ENTRIES,
            "offered": [one for one in definition.resources if one.key not in planned],
            "for_gaps": {one.resource.key for one in assessment.recommend(gaps, definition)},
            "asked_of": _asked_of(request),
        }

    task = Task(deps, shown, "intake/study-plan.html", "study-plan", more)

    @router.get(place)
    async def show(request: Request, application_id: UUID) -> Response:
        """The plan, and what may be added."""
        return await task.show(request, application_id)

    @router.post(place)
    async def add(request: Request, application_id: UUID) -> Response:
        """Add an entry."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            wanted, entry_id = EntryContent(**forms.fill(PlanEntryBody, typed).model_dump()), uuid4()
            whose = (deps.definitions, application_id, me.person_id)
            await edge(request).write(lambda tx: study_plan.add(tx, *whose, entry_id, wanted))
            return done(addresses.study_plan(application_id), "plan-added")

        return await task.answer(request, application_id, act)

    @router.post(f"{place}/{{entry_id:uuid}}")
    async def change(request: Request, application_id: UUID, entry_id: UUID) -> Response:
        """Change an entry."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            wanted = EntryContent(**forms.fill(PlanEntryBody, typed).model_dump())
            whose = (deps.definitions, application_id, me.person_id, entry_id)
            await edge(request).write(lambda tx: study_plan.change(tx, *whose, wanted, seen(typed)))
            return done(addresses.study_plan(application_id), "plan-changed")

        return await task.answer(request, application_id, act)

    @router.post(f"{place}/{{entry_id:uuid}}/removal")
    async def remove(request: Request, application_id: UUID, entry_id: UUID) -> Response:
        """Take an entry out."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            whose = (deps.definitions, application_id, me.person_id, entry_id)
            await edge(request).write(lambda tx: study_plan.remove(tx, *whose, seen(typed)))
            return done(addresses.study_plan(application_id), "plan-removed")

        return await task.answer(request, application_id, act)


def _asked_of(request: Request) -> str:
    """The entry of the request; empty for a new one."""
    return str(request.path_params.get("entry_id", ""))
