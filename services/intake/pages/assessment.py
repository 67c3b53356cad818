"""The self-assessment: rate oneself, see the gaps, rate oneself again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal
from contracts import pages as addresses
from contracts.editions import edition
from contracts.refusals import Text
from services.intake.bodies import SelfAssessmentBody
from services.intake.dependencies import Dependencies
from services.intake.domain.assessment import change, requirement
from services.intake.pages.own import Task
from services.intake.pages.tasks import seen
from services.intake.store import assessments
from services.intake.store.applications import Loaded
from services.intake.usecases import assessment
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {"assessed": Text("Your self-assessment is saved.")}

SCALE = (
    Text("Not yet: you do not know this, or you have not done it."),
    Text("A little: you know of it, and have seen it done."),
    Text("With help: you do it now and then, or with the help of others."),
    Text("By yourself: you do it regularly, and can say why you do it so."),
    Text("You could teach it: others learn it from you."),
)
"""What each rating means, from 1 to 5."""


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/self-assessment."""
    place = "/applications/{application_id:uuid}/self-assessment"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        requirement(loaded.definition)
        ratings = loaded.application.ratings
        async with edge(request).reading() as tx:
            given = await assessments.list_of(tx, loaded.application.application_id)
        steps = change(given, loaded.definition)
        return {
            "given": given,
            "steps": {one.item: one for one in steps},
            "form": forms.Form.of_values({"ratings": ratings or {}}),
            "seen": edition(ratings),
            "scale": SCALE,
        }

    task = Task(deps, shown, "intake/self-assessment.html", "self-assessment", more)

    @router.get(place)
    async def show(request: Request, application_id: UUID) -> Response:
        """The items to rate. If there are ratings, the gaps and their resources come first."""
        return await task.show(request, application_id)

    @router.post(place)
    async def assess(request: Request, application_id: UUID) -> Response:
        """Save the ratings."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            ratings = forms.fill(SelfAssessmentBody, typed).ratings
            whose, database = (deps.definitions, application_id, me.person_id), edge(request)
            async with database.reading() as before:
                await assessment.check(before, *whose, ratings, seen(typed))
            async with deps.writer.about(me.person_id) as written:
                content = await written.put_json(ratings)
                assessed = await database.write(
                    lambda tx: assessment.assess(tx, *whose, ratings, content, seen(typed)), after=before
                )
                written.keep(*assessed.replaced)
            return done(addresses.self_assessment(application_id), "assessed")

        return await task.answer(request, application_id, act)
