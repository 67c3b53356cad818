"""Erasing oneself: what is deleted, what stays, and a confirmation that cannot be given by accident."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from chassis import addresses as mail_addresses
from chassis.http import Router, edge
from chassis.http.sessions import Principal, find_principal
from contracts import pages as addresses
from contracts.refusals import Fault, Invalid, NotSignedIn, Refused, Text, WrongState
from services.intake.bodies import ErasureBody
from services.intake.dependencies import Dependencies
from services.intake.domain.states import State
from services.intake.pages import wording
from services.intake.store import catalog
from services.intake.usecases import erasure
from web import forms, visitor
from web.flash import done
from web.rendering import Pages

PANEL_ROLES = frozenset({"reviewer", "chair"})
TEMPLATE = "intake/erasure.html"


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/account/erasure, /account/erased."""

    @router.get("/account/erasure")
    async def ask(request: Request) -> Response:
        """What an erasure would do."""
        return await shown.show(request, TEMPLATE, form=forms.Form(), **await facts(request, await somebody(request)))

    @router.post("/account/erasure")
    async def erase(request: Request) -> Response:
        """Erase the person who typed their own address."""
        typed = await forms.typed(request)
        me = await somebody(request)
        try:
            await confirm(request, me, forms.fill(ErasureBody, typed).email)
            await edge(request).write(lambda tx: erasure.erase(tx, me.person_id, deps.traces))
        except Refused as refused:
            return await shown.show_again(request, TEMPLATE, typed, refused, **await facts(request, me))
        response = done(addresses.ERASED)
        visitor.forget(response)
        return response

    @router.get("/account/erased")
    async def erased(request: Request) -> Response:
        """What was done. Anybody may read it, because it names nobody."""
        return await shown.show(request, "intake/erased.html")

    async def confirm(request: Request, me: Principal, typed: str) -> None:
        async with edge(request).reading() as tx:
            found = await erasure.concerned(tx, me.person_id)
        try:
            same = mail_addresses.read(typed.strip()).key == found.person.email_key
        except mail_addresses.NoAddress:
            same = False
        if not same:
            raise Invalid(
                Fault("email", Text("type the address with which you sign in: %(email)s", email=found.person.email))
            )

    async def facts(request: Request, me: Principal) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            try:
                found = await erasure.concerned(tx, me.person_id)
            except WrongState as refused:
                return {"hindrance": refused.text, "live": (), "in_review": False, "on_panels": False, "email": ""}
            names = await catalog.names(tx, deps.definitions)
        return {
            "hindrance": None,
            "email": found.person.email,
            "live": [
                (addresses.application(one.application_id), names.get(one.credential, one.credential), one.state.value)
                for one in found.live
            ],
            "in_review": any(one.state in (State.SUBMITTED, State.IN_REVIEW) for one in found.live),
            "on_panels": bool(PANEL_ROLES & me.roles),
            "wording": wording,
        }


async def somebody(request: Request) -> Principal:
    """The signed-in person. Raises NotSignedIn."""
    me = await find_principal(request)
    if me is None:
        raise NotSignedIn(Text("Sign in to see your account."))
    return me
