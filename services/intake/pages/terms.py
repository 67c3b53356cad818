"""The deadline of an application: the applicant may ask to be carried over, and staff may give more time."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal, Staff
from contracts import pages as addresses
from contracts.refusals import Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.domain import periods as rules_of_periods
from services.intake.pages.own import Task, facts
from services.intake.staff_bodies import ExtensionBody
from services.intake.store import applications as applications_store
from services.intake.store import periods as periods_store
from services.intake.store.applications import Loaded
from services.intake.usecases import terms
from services.intake.views import staff as staff_views
from services.intake.views import terms as views
from services.intake.views.periods import period
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "renewal-asked": Text("You asked to be carried over. It is done when the renewal fee is paid."),
    "deadline-extended": Text("The deadline is extended. We mail it to the applicant."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/applications/{id}/deadline and /staff/applications/{id}/deadline."""
    _own(router, deps, shown)
    _staff(router, deps, shown)


def _own(router: Router, deps: Dependencies, shown: Pages) -> None:
    place = "/applications/{application_id:uuid}/deadline"

    async def more(request: Request, loaded: Loaded, me: Principal) -> Mapping[str, Any]:
        async with edge(request).reading() as tx:
            known = await periods_store.all_of_them(tx)
        term = loaded.term
        following = None
        if term is not None and term.period is not None:
            following = rules_of_periods.following(known, max(term.period.last_day, term.last_day))
        return {
            "form": forms.Form(),
            "may_renew": views.may_renew(loaded, tx.now),
            "following": None if following is None else period(following, deps.rules, tx.now),
            "renewal_fee": deps.rules.renewal_fee,
            "zone": deps.rules.zone.key,
        }

    task = Task(deps, shown, "intake/deadline.html", "renewal", more)

    @router.get(place)
    async def deadline(request: Request, application_id: UUID) -> Response:
        """The day by which it must be submitted, and what is possible if that is too soon."""
        return await task.show(request, application_id)

    @router.post(place)
    async def renew(request: Request, application_id: UUID) -> Response:
        """Ask to be carried over to the next period."""

        async def act(me: Principal, typed: forms.Typed) -> Response:
            whose, renewal_id = (application_id, me.person_id), uuid4()
            await edge(request).write(
                lambda tx: terms.ask_renewal(tx, deps.definitions, deps.rules, *whose, renewal_id)
            )
            return done(addresses.deadline(application_id), "renewal-asked")

        return await task.answer(request, application_id, act)


def _staff(router: Router, deps: Dependencies, shown: Pages) -> None:
    place = "/staff/applications/{application_id:uuid}/deadline"

    async def about(request: Request, application_id: UUID) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            seen = await applications_store.load_overseen(tx, deps.definitions, application_id)
        return await facts(deps, seen.loaded) | {
            "application": await staff_views.application(seen, deps.objects),
            "zone": deps.rules.zone.key,
        }

    @router.get(place)
    async def extension(request: Request, application_id: UUID, _: Staff) -> Response:
        """The deadline of one application, and the form for more time."""
        found = await about(request, application_id)
        return await shown.show(request, "intake/extension.html", form=forms.Form(), **found)

    @router.post(place)
    async def extend(request: Request, application_id: UUID, me: Staff) -> Response:
        """Extend it until the end of a later day."""
        typed, entry = await forms.typed(request), (uuid4(), me.person_id)
        whose = (deps.definitions, deps.rules, application_id)
        try:
            body = forms.fill(ExtensionBody, typed)
            await edge(request).write(lambda tx: terms.extend(tx, *whose, body.day, body.reason, entry))
        except Refused as refused:
            found = await about(request, application_id)
            return await shown.show_again(request, "intake/extension.html", typed, refused, **found)
        return done(addresses.staff_deadline(application_id), "deadline-extended")
