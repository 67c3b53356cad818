"""The audit trail, for administrators."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.http import AfterPlace, decode_place, edge, encode_place, listed
from chassis.http.sessions import Admin
from contracts import pages as addresses
from contracts.refusals import Text
from services.intake.dependencies import Dependencies
from services.intake.pages.people import ROLE_NAMES
from services.intake.store import audit as store
from services.intake.views import audit as views
from web.rendering import Pages

A_PAGE = 50

ACTS: Mapping[str, Text] = {
    "application_seen": Text("Looked at an application"),
    "applications_exported": Text("Took the list of applications away (CSV)"),
    "roles_changed": Text("Changed roles"),
    "cohort_created": Text("Created a cohort"),
    "cohort_changed": Text("Changed a cohort"),
    "cohort_opened": Text("Opened a cohort to applicants"),
    "cohort_cancelled": Text("Cancelled a cohort"),
    "cohort_sessions_changed": Text("Changed the sessions of a cohort"),
    "cohort_member_moved": Text("Moved somebody to another cohort"),
    "cohort_member_removed": Text("Took somebody out of a cohort"),
}
"""How an act is told."""


def pages(router: APIRouter, deps: Dependencies, shown: Pages) -> None:
    """/staff/audit."""

    @router.get(addresses.STAFF_AUDIT)
    async def trail(request: Request, _: Admin, after: AfterPlace = None) -> Response:
        """Who looked at or changed what, the newest first."""
        async with edge(request).reading() as tx:
            found = await store.page(tx, decode_place(after, None), A_PAGE + 1)
        page = listed(found, A_PAGE, lambda one: encode_place(one.at, one.audit_id))
        return await shown.show(
            request,
            "intake/audit.html",
            items=[views.recorded(one) for one in page["items"]],
            next_path=f"{addresses.STAFF_AUDIT}?after={page['next']}" if page["next"] else "",
            first=after is None,
            acts=ACTS,
            role_names=ROLE_NAMES,
        )
