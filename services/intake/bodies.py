"""What clients send: one model for each request body, made of the types that all services share (`chassis.texts`)."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AnyHttpUrl, Field, PlainValidator

from chassis.http import Body
from chassis.texts import (
    AS_WHOLE,
    NAMED_BY_LINES,
    Email,
    Line,
    LineOrNothing,
    Number,
    Text,
    TimeZone,
    Token,
    Whole,
    Yes,
    YesOrNo,
)
from chassis.times import Moment
from contracts import refusals
from contracts.catalog import CREDENTIAL_STATES
from contracts.session import ROLES
from services.intake.domain.audit import Act
from services.intake.domain.staff import Order, Sort
from services.intake.domain.states import State
from web.languages import LANGUAGES


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"is not a language of these pages; use one of {', '.join(LANGUAGES)}")
    return text


Language = Annotated[str, AfterValidator(_language), Field(json_schema_extra={"enum": list(LANGUAGES)})]
"""A language that pages and mails are in."""


def _day(text: object) -> date:
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        raise ValueError(refusals.Text("is not a day of the calendar; write a date like 2026-03-02")) from None
    if not 1970 <= found.year < 9999:
        raise ValueError(refusals.Text("lies outside of the years 1970 to 9998; write a day within them"))
    return found


_YEARS = "19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8]"
Day = Annotated[
    date,
    PlainValidator(_day, json_schema_input_type=date),
    Field(json_schema_extra={"pattern": f"^({_YEARS})-[0-9]{{2}}-[0-9]{{2}}$"}),
]
"""A day, in the zone of who names it."""


class SignInBody(Body):
    """POST /api/sign-in. The name becomes the person's when the link of this very request is used, if they have none by
    then."""

    email: Email
    name: LineOrNothing | None = None


class SessionBody(Body):
    """POST /api/sessions."""

    token: Token


class PressBody(Body):
    """The button of a sign-in link's page. Whatever is no token is a link that is not good."""

    token: str = ""


class AccountBody(Body):
    """What a person says about themselves on their account."""

    name: LineOrNothing = ""
    institution: LineOrNothing = ""
    language: Language
    time_zone: TimeZone


class ErasureBody(Body):
    """The confirmation of an erasure on its page: the address with which the person signs in."""

    email: str = ""


class LanguageBody(Body):
    """The choice of a language, at the foot of each page."""

    language: Language


class StartBody(Body):
    """POST /api/applications."""

    credential: Line


class EligibilityBody(Body):
    """PUT .../eligibility."""

    answer: Line


class BasicInformationBody(Body):
    """PUT .../basic-information."""

    name: Line
    institution: Line
    position: Line
    time_zone: TimeZone | None = None
    pronouns: Line | None = None
    phone: Line | None = None


class AgreementBody(Body):
    """PUT .../agreement."""

    accepted: Yes
    version: Line


class SelfAssessmentBody(Body):
    """PUT .../self-assessment: a rating from 1 to 5 for each item."""

    ratings: Annotated[dict[Line, Whole], NAMED_BY_LINES]


class ResearchConsentBody(Body):
    """PUT .../research-consent. `version`: of the text that is consented to."""

    consented: YesOrNo
    version: Line | None = None


class PlanEntryBody(Body):
    """POST .../study-plan, and PUT of an entry."""

    title: Line | None = None
    resource: Line | None = None
    item: Line | None = None
    by: Day | None = None
    done: YesOrNo = False


class PathBody(Body):
    """PUT .../path."""

    path: Line
    answer: Line | None = None


class TextBody(Body):
    """PUT .../materials/{requirement}, a text."""

    text: Text


class DraftBody(Body):
    """PUT .../drafts/{requirement}: a text as far as it is written, and the items that are ticked for it."""

    text: str
    items: Annotated[list[Line], Field(default_factory=list, max_length=200)]


class ArtifactBody(Body):
    """PUT .../materials/{requirement}, one artifact that is a text or a link, with what is said of it."""

    text: Text | None = None
    url: AnyHttpUrl | None = None
    annotation: Text | None = None
    items: Annotated[list[Line], Field(default_factory=list, max_length=200)]


class LinkBody(Body):
    """PUT .../materials/{requirement}, a link to a video and its length in minutes."""

    url: AnyHttpUrl
    minutes: Annotated[Number, Field(gt=0, lt=100_000)]


class RefereeBody(Body):
    """Who is asked for a letter: POST .../letter-requests/{request_id}/replacement."""

    referee_name: Line
    referee_email: Email


class LetterRequestBody(RefereeBody):
    """POST .../letter-requests."""

    requirement: Line


class WithdrawalBody(Body):
    """POST .../withdrawal."""

    reason: Text | None = None


class RolesBody(Body):
    """PUT /api/people/{id}/roles."""

    roles: Annotated[list[Annotated[Line, Field(json_schema_extra={"enum": list(ROLES)})]], Field(max_length=50)]


VersionNumber = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1), AS_WHOLE]
Reason = Annotated[Text, Field(max_length=2000)]
"""Why staff do something, in a few sentences."""


class CredentialStateBody(Body):
    """PUT /api/staff/program/{slug}/{version}/state: its state, and why."""

    state: Annotated[Line, Field(json_schema_extra={"enum": list(CREDENTIAL_STATES)})]
    reason: Reason


class StaffListBody(Body):
    """What the staff's list of applications is asked for on its page. Both days are included; they are days of the time
    by which the list is sorted."""

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
    date is its midnight, UTC."""

    requirements: Annotated[list[Line], Field(min_length=1, max_length=50)]
    until: Moment
    reason: Reason


class ReopeningPageBody(Body):
    """The same on its page: `until` is a day of the reader's zone, included."""

    requirements: Annotated[list[Line], Field(min_length=1, max_length=50)]
    until: Day
    reason: Reason


class MovePreviewBody(Body):
    """What becomes what: requirements and items of `from_version` by their keys, to those of the version. An empty text
    leaves something behind. Without both, what has the same key becomes itself."""

    from_version: VersionNumber
    requirements: Annotated[dict[Line, LineOrNothing], NAMED_BY_LINES] | None = None
    items: Annotated[dict[Line, LineOrNothing], NAMED_BY_LINES] | None = None


class MoveBody(MovePreviewBody):
    """The same, which applications, and why."""

    applications: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    all: YesOrNo = False
    reason: Reason


class MovePageBody(MovePreviewBody):
    """The same on its page, where a preview has no reason."""

    applications: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    all: YesOrNo = False
    reason: Annotated[str, Field(max_length=2000)] = ""


class PeriodBody(Body):
    """An enrollment period. Both days belong to it, in the program's zone."""

    name: Line
    first_day: Day
    last_day: Day


class ExtensionBody(Body):
    """More time for one application: until the end of a day in the program's zone. The applicant reads the reason."""

    day: Day
    reason: Line


class AuditBody(Body):
    """Which lines of the audit trail are wanted on its page: by whom and about whom (e-mail addresses or numbers of
    people), which act, between which days (both included)."""

    actor: LineOrNothing = ""
    person: LineOrNothing = ""
    act: Act | None = None
    since: Day | None = None
    until: Day | None = None
    after: str | None = None


class PeopleSearchBody(Body):
    """Who is looked for: by the beginning of an address, or words of a name."""

    q: LineOrNothing = ""
