"""People, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from chassis import addresses
from chassis.http import edge, refused
from chassis.http.sessions import Principal, requires
from chassis.texts import Email
from services.intake.bodies import RolesBody
from services.intake.routes.shown import shown
from services.intake.usecases import people
from services.intake.views import Items
from services.intake.views import people as views

Admin = Annotated[Principal, Depends(requires("admin"))]


def router() -> APIRouter:
    """GET /api/people?email= and PUT /api/people/{id}/roles."""
    routes = APIRouter(prefix="/api/people", tags=["people"])

    @routes.get("", response_model=Items[views.Person])
    async def find(request: Request, _: Admin, email: Annotated[Email, Query()]) -> Response:
        """Who has this address: nobody or one."""
        async with edge(request).reading() as tx:
            found = await people.find_by_address(tx, addresses.read(email))
        return shown(Items(items=[] if found is None else [views.person(found)]))

    @routes.put("/{person_id}/roles", response_model=views.Person, responses=refused(409))
    async def set_roles(request: Request, _: Admin, person_id: UUID, body: RolesBody) -> Response:
        """Give a person exactly these roles."""
        person = await edge(request).write(lambda tx: people.set_roles(tx, person_id, body.roles))
        return shown(views.person(person))

    return routes
