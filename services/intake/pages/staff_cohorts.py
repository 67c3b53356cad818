"""Cohorts, for the program's staff: all of them, one with its people, its details, opening and cancelling it."""

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from chassis.http import AfterPlace, Router, decode_place, edge, encode_place, listed
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.editions import edition
from contracts.refusals import Refused, Text
from services.intake.cohort_bodies import CohortBody
from services.intake.dependencies import Dependencies
from services.intake.domain.audit import By
from services.intake.pages import wording
from services.intake.pages.account import zones
from services.intake.pages.cohorts import PLACES, STATES
from services.intake.pages.tasks import seen
from services.intake.store import cohorts as store
from services.intake.store.catalog import names
from services.intake.usecases import cohorts
from services.intake.views import cohorts as views
from web import forms
from web.flash import done
from web.rendering import Pages

A_PAGE = 50

FLASHES = {
    "cohort-created": Text("The cohort is created, as a draft that only staff see. Add its sessions, then open it."),
    "cohort-saved": Text("The cohort is saved."),
    "cohort-opened": Text("Applicants can join this cohort now."),
    "cohort-cancelled": Text("The cohort is cancelled. Everybody who had a place or waited is told by e-mail."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/cohorts, /staff/cohorts/new, /staff/cohorts/{id} with details, opening and cancellation."""
    _all(router, deps, shown)
    _details(router, deps, shown)
    _ends(router, shown)


def _all(router: Router, deps: Dependencies, shown: Pages) -> None:
    @router.get(addresses.STAFF_COHORTS)
    async def whole(request: Request, _: Staff, after: AfterPlace = None) -> Response:
        """All cohorts, the newest first."""
        async with edge(request).reading() as tx:
            found = await store.page(tx, decode_place(after, None), A_PAGE + 1)
            called = await names(tx, deps.definitions)
        page = listed(found, A_PAGE, lambda one: encode_place(one.created_at, one.cohort.cohort_id))
        return await shown.show(
            request,
            "intake/staff-cohorts.html",
            items=[views.listed(one.cohort, one.created_at) for one in page["items"]],
            next_path=f"{addresses.STAFF_COHORTS}?after={page['next']}" if page["next"] else "",
            credentials=called,
            cohort_states=STATES,
        )

    @router.get("/staff/cohorts/{cohort_id:uuid}")
    async def one(request: Request, cohort_id: UUID, _: Staff) -> Response:
        """A cohort with its sessions, its members and its waiting list."""
        return await shown.show(
            request, "intake/staff-cohort.html", form=forms.Form(), **await about(request, deps, cohort_id)
        )

    @router.post("/staff/cohorts/{cohort_id:uuid}/opening")
    async def open_it(request: Request, cohort_id: UUID, me: Staff) -> Response:
        """Let applicants join."""
        by = By(me.person_id, uuid4())
        try:
            await edge(request).write(lambda tx: cohorts.open_to_applicants(tx, cohort_id, by))
        except Refused as refused:
            facts = await about(request, deps, cohort_id)
            return await shown.show_again(request, "intake/staff-cohort.html", {}, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "cohort-opened")


def _details(router: Router, deps: Dependencies, shown: Pages) -> None:
    template = "intake/staff-cohort-form.html"

    async def offered(request: Request) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            called = await names(tx, deps.definitions)
        return {
            "credentials": sorted(called.items(), key=lambda one: one[1]),
            "zones": [(zone, zone.replace("_", " ")) for zone in zones()],
        }

    async def kept(request: Request, cohort_id: UUID) -> dict[str, Any]:
        facts = await about(request, deps, cohort_id)
        return {**facts, "kept": values_of(facts["cohort"]), "heading": facts["cohort"].name}

    @router.get(addresses.NEW_COHORT)
    async def new(request: Request, _: Staff) -> Response:
        """The form of a new cohort, filled with the usual values."""
        usual = forms.Form.of_values({"capacity": 15, "time_zone": "America/New_York"})
        return await shown.show(
            request, template, form=usual, cohort=None, kept=None, seen="", **await offered(request)
        )

    @router.post(addresses.NEW_COHORT)
    async def create(request: Request, me: Staff) -> Response:
        """Create it."""
        typed = await forms.typed(request)
        cohort_id, by = uuid4(), By(me.person_id, uuid4())
        try:
            asked = forms.fill(CohortBody, {"credentials": (), **typed}).asked()
            await edge(request).write(lambda tx: cohorts.create(tx, deps.definitions, cohort_id, asked, by))
        except Refused as refused:
            facts = {"cohort": None, "kept": None, "seen": "", **await offered(request)}
            return await shown.show_again(request, template, typed, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "cohort-created")

    @router.get("/staff/cohorts/{cohort_id:uuid}/details")
    async def details(request: Request, cohort_id: UUID, _: Staff) -> Response:
        """The details as a form."""
        facts = {**await offered(request), **await kept(request, cohort_id)}
        facts["credentials"] = facts["offered_credentials"]
        return await shown.show(request, template, form=forms.Form.of_values(facts["kept"]), **facts)

    @router.post("/staff/cohorts/{cohort_id:uuid}/details")
    async def save(request: Request, cohort_id: UUID, me: Staff) -> Response:
        """Change the details."""
        typed = await forms.typed(request)
        by = By(me.person_id, uuid4())
        try:
            asked = forms.fill(CohortBody, {"credentials": (), **typed}).asked()
            await edge(request).write(lambda tx: cohorts.edit(tx, deps.definitions, cohort_id, asked, by, seen(typed)))
        except Refused as refused:
            facts = {**await offered(request), **await kept(request, cohort_id)}
            facts["credentials"] = facts["offered_credentials"]
            return await shown.show_again(request, template, typed, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "cohort-saved")


def _ends(router: Router, shown: Pages) -> None:
    place, template = "/staff/cohorts/{cohort_id:uuid}/cancellation", "intake/staff-cohort-cancellation.html"

    @router.get(place)
    async def ask(request: Request, cohort_id: UUID, _: Staff) -> Response:
        """What a cancellation does. Opening the page cancels nothing; its button does."""
        facts = await about(request, None, cohort_id)
        return await shown.show(request, template, form=forms.Form(), **facts)

    @router.post(place)
    async def cancel(request: Request, cohort_id: UUID, me: Staff) -> Response:
        """Cancel it."""
        by = By(me.person_id, uuid4())
        try:
            await edge(request).write(lambda tx: cohorts.cancel(tx, cohort_id, by))
        except Refused as refused:
            facts = await about(request, None, cohort_id)
            return await shown.show_again(request, template, {}, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "cohort-cancelled")


async def about(request: Request, deps: Dependencies | None, cohort_id: UUID) -> dict[str, Any]:
    """A cohort as staff see it, and the other content of its pages."""
    async with edge(request).reading() as tx:
        cohort = await store.load(tx, cohort_id)
        people = await store.called(tx, cohort.people)
        called = {} if deps is None else await names(tx, deps.definitions)
    return {
        "cohort": views.overseen(cohort, people),
        "seen": edition(cohort.details.kept()),
        "credentials": called,
        "offered_credentials": sorted(called.items(), key=lambda one: one[1]),
        "cohort_states": STATES,
        "place_states": PLACES,
        "wording": wording,
    }


def values_of(cohort: views.Overseen) -> dict[str, Any]:
    """The values in the form of a cohort's details: times as clocks of its zone show them."""
    zone = ZoneInfo(cohort.time_zone)
    leading = (f"{one.name} <{one.email}>" if one.email else one.name for one in cohort.facilitators)
    return {
        "name": cohort.name,
        "description": cohort.description,
        "credentials": list(cohort.credentials),
        "capacity": cohort.capacity,
        "facilitators": "\n".join(leading),
        "time_zone": cohort.time_zone,
        "joining_opens": cohort.joining_opens and f"{cohort.joining_opens.astimezone(zone):%Y-%m-%dT%H:%M}",
        "joining_closes": cohort.joining_closes and f"{cohort.joining_closes.astimezone(zone):%Y-%m-%dT%H:%M}",
    }
