"""The sessions of a cohort, and a person's place in it, for the program's staff."""

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Staff
from contracts import pages as addresses
from contracts.editions import edition
from contracts.refusals import NotThere, Refused, Text
from services.intake.cohort_bodies import MoveBody, RemovalBody, SessionOfCohortBody
from services.intake.dependencies import Dependencies
from services.intake.domain.audit import By
from services.intake.pages.staff_cohorts import about
from services.intake.pages.tasks import seen
from services.intake.store import cohorts as store
from services.intake.usecases import cohorts
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "session-saved": Text("The session is saved. Members, if there are any, are told by e-mail."),
    "session-cancelled": Text("The session is cancelled. Members, if there are any, are told by e-mail."),
    "place-removed": Text("The person is removed, and told by e-mail."),
    "place-moved": Text("The person is moved, and told by e-mail."),
}


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/cohorts/{id}/sessions/... and /staff/cohorts/{id}/places/{application_id}."""
    _sessions(router, shown)
    _cancelled_session(router, shown)
    _places(router, shown)


def _sessions(router: Router, shown: Pages) -> None:
    template = "intake/staff-session.html"

    @router.get("/staff/cohorts/{cohort_id:uuid}/sessions/new")
    async def new(request: Request, cohort_id: UUID, _: Staff) -> Response:
        """The form of a new session: 90 minutes are usual."""
        facts = {**await about(request, None, cohort_id), "session": None, "kept": None, "seen": ""}
        return await shown.show(request, template, form=forms.Form.of_values({"minutes": 90}), **facts)

    @router.post("/staff/cohorts/{cohort_id:uuid}/sessions/new")
    async def add(request: Request, cohort_id: UUID, me: Staff) -> Response:
        """Add it."""
        typed = await forms.typed(request)
        session_id, by = uuid4(), By(me.person_id, uuid4())
        try:
            asked = forms.fill(SessionOfCohortBody, typed).asked()
            await edge(request).write(lambda tx: cohorts.schedule(tx, cohort_id, session_id, asked, by, new=True))
        except Refused as refused:
            facts = {**await about(request, None, cohort_id), "session": None, "kept": None, "seen": ""}
            return await shown.show_again(request, template, typed, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "session-saved")

    @router.get("/staff/cohorts/{cohort_id:uuid}/sessions/{session_id:uuid}")
    async def one(request: Request, cohort_id: UUID, session_id: UUID, _: Staff) -> Response:
        """A session, as a form."""
        facts = await _session(request, cohort_id, session_id)
        return await shown.show(request, template, form=forms.Form.of_values(facts["kept"]), **facts)

    @router.post("/staff/cohorts/{cohort_id:uuid}/sessions/{session_id:uuid}")
    async def change(request: Request, cohort_id: UUID, session_id: UUID, me: Staff) -> Response:
        """Change it."""
        typed = await forms.typed(request)
        by = By(me.person_id, uuid4())
        try:
            asked = forms.fill(SessionOfCohortBody, typed).asked()
            await edge(request).write(
                lambda tx: cohorts.schedule(tx, cohort_id, session_id, asked, by, seen(typed), new=False)
            )
        except Refused as refused:
            facts = await _session(request, cohort_id, session_id)
            return await shown.show_again(request, template, typed, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "session-saved")


def _cancelled_session(router: Router, shown: Pages) -> None:
    place = "/staff/cohorts/{cohort_id:uuid}/sessions/{session_id:uuid}/cancellation"
    template = "intake/staff-session-cancellation.html"

    @router.get(place)
    async def ask(request: Request, cohort_id: UUID, session_id: UUID, _: Staff) -> Response:
        """What the cancellation of a session does."""
        facts = await _session(request, cohort_id, session_id)
        return await shown.show(request, template, form=forms.Form(), **facts)

    @router.post(place)
    async def cancel(request: Request, cohort_id: UUID, session_id: UUID, me: Staff) -> Response:
        """Cancel it. From a draft it is removed."""
        by, known = By(me.person_id, uuid4()), seen(await forms.typed(request))
        try:
            await edge(request).write(lambda tx: cohorts.cancel_session(tx, cohort_id, session_id, by, known))
        except Refused as refused:
            facts = await _session(request, cohort_id, session_id)
            return await shown.show_again(request, template, {}, refused, **facts)
        return done(addresses.staff_cohort(cohort_id), "session-cancelled")


def _places(router: Router, shown: Pages) -> None:
    place, template = "/staff/cohorts/{cohort_id:uuid}/places/{application_id:uuid}", "intake/staff-place.html"

    @router.get(place)
    async def one(request: Request, cohort_id: UUID, application_id: UUID, _: Staff) -> Response:
        """A person's place, to be moved or removed."""
        facts = await _place(request, cohort_id, application_id)
        return await shown.show(request, template, form=forms.Form(), removal=forms.Form(), **facts)

    @router.post(f"{place}/move")
    async def move(request: Request, cohort_id: UUID, application_id: UUID, me: Staff) -> Response:
        """Move somebody to another cohort."""
        typed = await forms.typed(request)
        by = By(me.person_id, uuid4())
        try:
            body = forms.fill(MoveBody, typed)
            what = (application_id, body.cohort_id, body.reason)
            await edge(request).write(lambda tx: cohorts.move(tx, cohort_id, *what, by))
        except Refused as refused:
            facts = await _place(request, cohort_id, application_id)
            return await shown.show_again(request, template, typed, refused, removal=forms.Form(), **facts)
        return done(addresses.staff_cohort(cohort_id), "place-moved")

    @router.post(f"{place}/removal")
    async def remove(request: Request, cohort_id: UUID, application_id: UUID, me: Staff) -> Response:
        """Remove the person from the cohort."""
        typed = await forms.typed(request)
        by = By(me.person_id, uuid4())
        try:
            reason = forms.fill(RemovalBody, typed).reason
            await edge(request).write(lambda tx: cohorts.remove(tx, cohort_id, application_id, reason, by))
        except Refused as refused:
            facts = await _place(request, cohort_id, application_id)
            return await shown.show_again(request, template, typed, refused, removal=None, **facts)
        return done(addresses.staff_cohort(cohort_id), "place-removed")


async def _session(request: Request, cohort_id: UUID, session_id: UUID) -> dict[str, Any]:
    async with edge(request).reading() as tx:
        session = cohorts.session_of(await store.load(tx, cohort_id), session_id)
    facts = await about(request, None, cohort_id)
    starts_at = session.starts_at.astimezone(ZoneInfo(facts["cohort"].time_zone))
    kept = {
        "title": session.title,
        "starts_at": f"{starts_at:%Y-%m-%dT%H:%M}",
        "minutes": session.minutes,
        "link": session.link,
    }
    return {**facts, "session": session, "kept": kept, "seen": edition(cohorts.session_kept(session))}


async def _place(request: Request, cohort_id: UUID, application_id: UUID) -> dict[str, Any]:
    facts = await about(request, None, cohort_id)
    cohort = facts["cohort"]
    place = next((one for one in [*cohort.members, *cohort.waiting] if one.application_id == application_id), None)
    if place is None:
        raise NotThere(Text("This application has no place in this cohort."))
    async with edge(request).reading() as tx:
        found = await store.open_ones(tx, None)
    others = [(str(one.cohort_id), one.details.name) for one in found if one.cohort_id != cohort_id]
    return {**facts, "place": place, "others": others}
