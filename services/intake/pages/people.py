"""People and their roles, for administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Admin
from contracts import pages as addresses
from contracts.refusals import Refused, Text
from contracts.session import ROLES
from services.intake.dependencies import Dependencies
from services.intake.pages.staff import chosen
from services.intake.staff_bodies import PeopleSearchBody, RolesBody
from services.intake.usecases import people
from services.intake.views import people as views
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {"roles-saved": Text("The roles are saved.")}

ROLE_NAMES: Mapping[str, Text] = {
    "reviewer": Text("Reviewer"),
    "chair": Text("Chair"),
    "staff": Text("Staff"),
    "operator": Text("Operator"),
    "admin": Text("Administrator"),
}
"""The names of roles."""
ROLE_HINTS: Mapping[str, Text] = {
    "reviewer": Text("Judges submissions, without names."),
    "chair": Text("Leads panels, and decides."),
    "staff": Text("Sees all applications and cases, the fees and the ledger."),
    "operator": Text("Sees the console: the messages of the services, and messages that could not be handled."),
    "admin": Text("Does what staff does, gives and takes roles, and reads the audit trail."),
}
"""What each role is for."""

MOST_SHOWN = 50


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/people, /staff/people/{id}."""

    @router.get(addresses.STAFF_PEOPLE)
    async def find(request: Request, _: Admin) -> Response:
        """People by their address or name. Without a search, all people who have a role."""
        typed = chosen(request)
        try:
            body = forms.fill(PeopleSearchBody, typed)
        except Refused as refused:
            return await shown.show_again(
                request, "intake/people.html", typed, refused, people=[], more=False, role_names=ROLE_NAMES
            )
        async with edge(request).reading() as tx:
            found = await people.search(tx, body.q, MOST_SHOWN + 1)
        return await shown.show(
            request,
            "intake/people.html",
            form=forms.Form(typed),
            people=[views.person(one) for one in found[:MOST_SHOWN]],
            more=len(found) > MOST_SHOWN,
            role_names=ROLE_NAMES,
        )

    @router.get("/staff/people/{person_id:uuid}")
    async def one(request: Request, person_id: UUID, _: Admin) -> Response:
        """A person, and their roles as a form."""
        facts = await about(request, person_id)
        form = forms.Form({"roles": facts["person"].roles})
        return await shown.show(request, "intake/person.html", form=form, **facts)

    @router.post("/staff/people/{person_id:uuid}")
    async def save(request: Request, person_id: UUID, me: Admin) -> Response:
        """Give the person exactly the ticked roles."""
        typed = await forms.typed(request)
        try:
            body = forms.fill(RolesBody, {"roles": (), **typed})
            await edge(request).write(lambda tx: people.set_roles(tx, uuid4(), person_id, body.roles, me.person_id))
        except Refused as refused:
            facts = await about(request, person_id)
            return await shown.show_again(request, "intake/person.html", typed, refused, **facts)
        return done(addresses.staff_person(person_id), "roles-saved")

    async def about(request: Request, person_id: UUID) -> Mapping[str, Any]:
        async with edge(request).reading() as tx:
            person = await people.find(tx, person_id)
        return {"person": views.person(person), "roles": [(one, ROLE_NAMES[one], ROLE_HINTS[one]) for one in ROLES]}
