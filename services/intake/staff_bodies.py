"""The bodies of requests by the program's staff. `bodies` has the others."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.http import Body
from chassis.texts import AS_WHOLE, NAMED_BY_LINES, Line, LineOrNothing, Text, YesOrNo
from chassis.times import Moment
from contracts.catalog import CREDENTIAL_STATES
from contracts.session import ROLES
from services.intake.bodies import Day
from services.intake.domain.audit import Act
from services.intake.domain.staff import Order, Sort
from services.intake.domain.states import State


class RolesBody(Body):
    """PUT /api/people/{id}/roles."""

    roles: Annotated[list[Annotated[Line, Field(json_schema_extra={"enum": list(ROLES)})]], Field(max_length=50)]


VersionNumber = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1), AS_WHOLE]
Reason = Annotated[Text, Field(max_length=2000)]
"""The reason of staff for an act, in a few sentences."""


class CredentialStateBody(Body):
    """PUT /api/staff/program/{slug}/{version}/state: the new state, and the reason."""

    state: Annotated[Line, Field(json_schema_extra={"enum": list(CREDENTIAL_STATES)})]
    reason: Reason


class StaffListBody(Body):
    """The filters of the staff's list of applications on its page. Both days are included. They bound the time by which
    the list is sorted."""

    q: LineOrNothing = ""
    state: State | None = None
    credential: Line | None = None
    since: Day | None = None
    until: Day | None = None
    sort: Sort = Sort.BEGUN
    order: Order = Order.DESCENDING
    after: str | None = None


class ReopeningBody(Body):
    """POST /api/staff/applications/{id}/reopenings: which requirements may be handed in anew, until when, and why. A
    date means its midnight, UTC."""

    requirements: Annotated[list[Line], Field(min_length=1, max_length=50)]
    until: Moment
    reason: Reason


class ReopeningPageBody(Body):
    """The same from its page: `until` is a day of the reader's zone, included."""

    requirements: Annotated[list[Line], Field(min_length=1, max_length=50)]
    until: Day
    reason: Reason


class MovePreviewBody(Body):
    """The plan of a move: requirements and items of `from_version`, by key, to those of the version. An empty text
    leaves something behind. Without both, each thing becomes the one with the same key."""

    from_version: VersionNumber
    requirements: Annotated[dict[Line, LineOrNothing], NAMED_BY_LINES] | None = None
    items: Annotated[dict[Line, LineOrNothing], NAMED_BY_LINES] | None = None


class MoveBody(MovePreviewBody):
    """A move: the plan, the applications, and the reason."""

    applications: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    all: YesOrNo = False
    reason: Reason


class MovePageBody(MovePreviewBody):
    """The same from its page. A preview has no reason."""

    applications: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    all: YesOrNo = False
    reason: Annotated[str, Field(max_length=2000)] = ""


class PeriodBody(Body):
    """An enrollment period. It includes both days, in the program's zone."""

    name: Line
    first_day: Day
    last_day: Day


class ExtensionBody(Body):
    """More time for one application: until the end of a day in the program's zone. The applicant reads the reason."""

    day: Day
    reason: Line


class AuditBody(Body):
    """The filters of the audit trail on its page: by whom and about whom (e-mail addresses or ids of people), which
    act, between which days (both included)."""

    actor: LineOrNothing = ""
    person: LineOrNothing = ""
    act: Act | None = None
    since: Day | None = None
    until: Day | None = None
    after: str | None = None


class PeopleSearchBody(Body):
    """The search for people: the beginning of an address, or words of a name."""

    q: LineOrNothing = ""
