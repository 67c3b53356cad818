"""The program and its catalog, for everybody; the beginning of an application."""

from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts.refusals import NotSignedIn, NotThere, Refused, Text, WrongState
from services.intake.dependencies import Dependencies
from services.intake.domain.beginning import SECOND_LIVE
from services.intake.pages import wording
from services.intake.store import beginning as beginning_store
from services.intake.store import catalog as store
from services.intake.store import periods as periods_store
from services.intake.usecases import beginning
from services.intake.views import catalog as views
from services.intake.views import periods
from web import forms
from web.rendering import Pages

MOST_SHOWN = 200


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/, /credentials/{slug} and its /begin."""

    @router.get("/")
    async def home(request: Request) -> Response:
        """The program, and its catalog with credentials in all states."""
        async with edge(request).reading() as tx:
            found = await store.current_of_all(tx, deps.definitions, "", MOST_SHOWN)
            known = await periods_store.all_of_them(tx) if deps.rules.by_period else ()
        credentials = [views.credential(definition) for definition in found]
        fees = {one.fee.model_dump_json(): one.fee for one in credentials if one.state == "open"}
        return await shown.show(
            request,
            "intake/home.html",
            by_state={state: [one for one in credentials if one.state == state] for state in wording.CREDENTIAL_STATES},
            fee=next(iter(fees.values())) if len(fees) == 1 else None,
            enrollment=periods.enrollment(known, deps.rules, tx.now),
            wording=wording,
        )

    @router.get("/credentials/{slug}")
    async def credential(request: Request, slug: str) -> Response:
        """What is judged, how, what is asked for, and the way to begin."""
        return await shown.show(request, "intake/credential.html", form=forms.Form(), **await offer(request, slug))

    @router.get("/credentials/{slug}/begin")
    async def ready(request: Request, slug: str) -> Response:
        """The page after sign-in for people who wanted to begin. Opening it begins nothing; its button does."""
        if await find_principal(request) is None:
            raise NotSignedIn(Text("Sign in to begin an application."))
        facts = await offer(request, slug)
        if facts["live"] is not None:
            return RedirectResponse(addresses.application(facts["live"]), 303)
        return await shown.show(request, "intake/begin.html", **facts)

    @router.post("/credentials/{slug}/begin")
    async def begin(request: Request, slug: str) -> Response:
        """Begin an application, or continue the live one. People who are not signed in sign in first."""
        me = await find_principal(request)
        if me is None:
            await offer(request, slug)
            return RedirectResponse(addresses.sign_in(next=addresses.begin(slug)), 303)
        try:
            application_id = await begun(request, deps, me.person_id, slug)
        except Refused as refused:
            facts = await offer(request, slug)
            return await shown.show_again(
                request, "intake/credential.html", await forms.typed(request), refused, **facts
            )
        return RedirectResponse(addresses.application(application_id), 303)

    async def offer(request: Request, slug: str) -> dict[str, Any]:
        """A credential as a page shows it. `live` is the reader's live application for it."""
        me = await find_principal(request)
        async with edge(request).reading() as tx:
            definition = await store.current(tx, deps.definitions, slug) if slug.isprintable() else None
            if definition is None:
                raise NotThere(Text("There is no credential of this name."))
            live = None if me is None else await beginning_store.find_live(tx, me.person_id, slug)
            known = await periods_store.all_of_them(tx) if deps.rules.by_period else ()
        return {
            "credential": views.credential(definition),
            "judging": definition.review,
            "live": live,
            "enrollment": periods.enrollment(known, deps.rules, tx.now),
            "wording": wording,
        }


async def begun(request: Request, deps: Dependencies, person_id: UUID, slug: str) -> UUID:
    """Begin an application for a credential, or find the live one. Raises Refused if neither is possible."""
    database, application_id = edge(request), uuid4()
    try:
        return await database.write(
            lambda tx: beginning.begin(tx, deps.definitions, deps.rules, application_id, person_id, slug)
        )
    except WrongState as refused:
        if refused.type != SECOND_LIVE:
            raise
        # Another request began an application at the same moment.
        async with database.reading() as tx:
            live = await beginning_store.find_live(tx, person_id, slug)
        if live is None:
            raise
        return live
