"""People, for administrators."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Query, Request
from fastapi.responses import Response

from chassis import addresses
from chassis.http import Router, edge, refused
from chassis.http.sessions import Admin
from chassis.texts import Email
from services.intake.routes.shown import shown
from services.intake.staff_bodies import RolesBody
from services.intake.usecases import people
from services.intake.views import Items
from services.intake.views import people as views


def router() -> Router:
    """GET /api/people?email= and PUT /api/people/{id}/roles."""
    routes = Router(prefix="/api/people", tags=["people"])

    @routes.get("", response_model=Items[views.Person])
    async def find(request: Request, _: Admin, email: Annotated[Email, Query()]) -> Response:
        """The person with this address: none or one."""
        async with edge(request).reading() as tx:
            found = await people.find_by_address(tx, addresses.read(email))
        return shown(Items(items=[] if found is None else [views.person(found)]))

    @routes.put("/{person_id}/roles", response_model=views.Person, responses=refused(409))
    async def set_roles(request: Request, me: Admin, person_id: UUID, body: RolesBody) -> Response:
        """Give a person exactly these roles. A change is noted in the audit trail."""
        person = await edge(request).write(
            lambda tx: people.set_roles(tx, uuid4(), person_id, body.roles, me.person_id)
        )
        return shown(views.person(person))

    return routes
