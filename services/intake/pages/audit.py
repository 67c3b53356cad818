"""The audit trail, for administrators."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Router, decode_place, edge, encode_place, listed
from chassis.http.sessions import Admin
from contracts import pages as addresses
from contracts.refusals import Refused, Text
from services.intake.dependencies import Dependencies
from services.intake.domain.audit import TrailFilter
from services.intake.pages import wording
from services.intake.pages.cohorts import STATES
from services.intake.pages.people import ROLE_NAMES
from services.intake.pages.staff import chosen
from services.intake.staff_bodies import AuditBody
from services.intake.store import audit as store
from services.intake.usecases import people
from services.intake.views import audit as views
from web import forms
from web.rendering import Pages
from web.visitor import visitor_of

A_PAGE = 50

ACTS: Mapping[str, Text] = {
    "application_seen": Text("Looked at an application"),
    "applications_exported": Text("Saved the list of applications (CSV)"),
    "roles_changed": Text("Changed roles"),
    "cohort_created": Text("Created a cohort"),
    "cohort_changed": Text("Changed a cohort"),
    "cohort_opened": Text("Opened a cohort to applicants"),
    "cohort_cancelled": Text("Cancelled a cohort"),
    "cohort_sessions_changed": Text("Changed the sessions of a cohort"),
    "cohort_member_moved": Text("Moved somebody to another cohort"),
    "cohort_member_removed": Text("Removed somebody from a cohort"),
    "deadline_extended": Text("Extended the deadline of an application"),
    "period_made": Text("Made an enrollment period"),
    "period_changed": Text("Changed an enrollment period"),
    "period_removed": Text("Removed an enrollment period"),
    "credential_state_changed": Text("Changed the state of a credential"),
    "program_published": Text("Published what the program's files say"),
    "requirements_reopened": Text("Reopened requirements"),
    "reopening_ended": Text("Ended a reopening"),
    "applications_moved": Text("Moved applications to another version"),
    "application_moved": Text("Moved an application to another version"),
    "move_undone": Text("Undid a move"),
    "application_moved_back": Text("Moved an application back to its former version"),
}
"""The words for each act."""
KEYS: Mapping[str, Text] = {
    **ROLE_NAMES,
    **{key: words for tags in (STATES, wording.CREDENTIAL_TAGS) for key, (_, words) in tags.items()},
}
"""The words for roles, and for states of cohorts and of credentials."""


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/staff/audit."""

    @router.get(addresses.STAFF_AUDIT)
    async def trail(request: Request, _: Admin) -> Response:
        """Who looked at or changed what, the newest first; filtered by person, act and time."""
        typed = chosen(request)
        facts: dict[str, Any] = {"acts": ACTS, "called": KEYS}
        try:
            body = forms.fill(AuditBody, typed)
            zone = (await visitor_of(request)).reader.zone
            async with edge(request).reading() as tx:
                wanted = await wanted_by(tx, body, zone)
                found = await store.page(tx, wanted, decode_place(body.after, None), A_PAGE + 1)
        except Refused as refused:
            return await shown.show_again(
                request, "intake/audit.html", typed, refused, items=[], next_path="", first=False, **facts
            )
        page = listed(found, A_PAGE, lambda one: encode_place(one.at, one.audit_id))
        kept = {name: values[0] for name, values in typed.items() if values[0] and name in AuditBody.model_fields}
        onward = urlencode(kept | {"after": page["next"]}) if page["next"] else ""
        return await shown.show(
            request,
            "intake/audit.html",
            form=forms.Form(typed),
            items=[views.recorded(one) for one in page["items"]],
            next_path=f"{addresses.STAFF_AUDIT}?{onward}" if onward else "",
            first=not kept,
            **facts,
        )


async def wanted_by(tx: Tx, body: AuditBody, zone: ZoneInfo) -> TrailFilter:
    """The filters; days are those of the reader's zone."""
    until = None if body.until is None else body.until + timedelta(days=1)
    return TrailFilter(
        actor=await people.named(tx, "actor", body.actor),
        person_id=await people.named(tx, "person", body.person),
        act=body.act,
        since=None if body.since is None else datetime.combine(body.since, time(), zone),
        before=None if until is None else datetime.combine(until, time(), zone),
    )
