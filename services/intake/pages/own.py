"""The common parts of all pages of one application: its owner, what each page shows, how a form is answered."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.http import edge
from chassis.http.sessions import Principal, find_principal
from contracts.refusals import NotSignedIn, Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.domain.materials import FILE_KINDS, TEXT_KINDS
from services.intake.domain.states import possible
from services.intake.pages import refusing, wording
from services.intake.store import applications as store
from services.intake.store.applications import Loaded
from services.intake.views import applications as views
from services.intake.views import catalog
from web import forms
from web.rendering import Pages

Act = Callable[[Principal, forms.Typed], Awaitable[Response]]
"""The work of a form: raises Refused, or returns the address of the next page."""
More = Callable[[Request, Loaded, Principal], Awaitable[Mapping[str, Any]]]
"""What one page shows beside `facts`."""


async def somebody(request: Request) -> Principal:
    """The signed-in person. Raises NotSignedIn."""
    me = await find_principal(request)
    if me is None:
        raise NotSignedIn(Text("Sign in to see your applications."))
    return me


async def load(request: Request, deps: Dependencies, application_id: UUID, me: Principal) -> Loaded:
    """This person's application. Raises NotThere."""
    async with edge(request).reading() as tx:
        return await store.load_own(tx, deps.definitions, application_id, me.person_id)


async def facts(deps: Dependencies, loaded: Loaded) -> dict[str, Any]:
    """The content of every page of an application. `can`: the applicant's commands that are possible now, in the words
    of the API."""
    return {
        "application": await views.application(loaded, deps.objects),
        "listed": views.listed(loaded),
        "credential": catalog.credential(loaded.definition),
        "judging": loaded.definition.review,
        "can": possible(loaded.application.state),
        "wording": wording,
        "closed": refusing.closed,
        "onlooker": False,
        "research_consent": loaded.definition.research_consent is not None,
        "expected": views.expected(loaded),
        "next_step": None,
        "letters_asked": frozenset(),
        "letters_undelivered": frozenset(),
        "kinds": FILE_KINDS | TEXT_KINDS,
    }


class Task:
    """One page of an application: its content, and the answer to its form. `act_name`: the command in the words of the
    API; `more`: its content beside `facts`."""

    def __init__(self, deps: Dependencies, shown: Pages, template: str, act_name: str, more: More) -> None:
        self._deps, self._shown = deps, shown
        self._template, self._act_name, self._more = template, act_name, more

    async def show(self, request: Request, application_id: UUID) -> Response:
        """The page for a GET request."""
        me = await somebody(request)
        loaded = await load(request, self._deps, application_id, me)
        found = await facts(self._deps, loaded)
        return await self._shown.show(request, self._template, **{**found, **await self._more(request, loaded, me)})

    async def answer(self, request: Request, application_id: UUID, act: Act) -> Response:
        """The answer to the form: a redirect, or the same page with what was typed and the faults."""
        typed = await forms.typed(request)
        me = await find_principal(request)
        if me is None:
            return await refusing.signed_out(request, self._shown, typed)
        try:
            return await act(me, typed)
        except Refused as refused:
            loaded = await load(request, self._deps, application_id, me)
            found = {**await facts(self._deps, loaded), **await self._more(request, loaded, me)}
            found.pop("form", None)
            told = refusing.in_words(refused, loaded, self._act_name)
            return await self._shown.show_again(request, self._template, typed, told, **found)
