"""What clients send: one model for each request body, made of the types that all services share (`chassis.texts`)."""

import re
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, PlainValidator, model_validator

from chassis.http import Body
from chassis.texts import (
    NAMED_BY_LINES,
    Email,
    Line,
    LineOrNothing,
    Number,
    Text,
    TextOrNothing,
    TimeZone,
    Token,
    Whole,
    Yes,
)
from contracts import refusals
from contracts.session import ROLES
from services.intake.domain.staff import Order, Sort
from services.intake.domain.states import State
from services.intake.usecases.cohorts import Asked, AskedSession
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


Day = Annotated[date, PlainValidator(_day, json_schema_input_type=date)]
"""A day, in the zone of who names it."""


def _clock(text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(refusals.Text("is not a time; write it like 2027-03-02T18:00")) from None
    if not 2000 <= found.year < 2200:
        raise ValueError(refusals.Text("lies outside of the years 2000 to 2199; write a time within them"))
    return found if found.tzinfo is None else found.astimezone(UTC)


ClockTime = Annotated[datetime, PlainValidator(_clock, json_schema_input_type=str)]
"""A time on the clock of a cohort's zone, such as 2027-03-02T18:00; with a zone of its own (RFC 3339) it is that."""


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


class LanguageBody(Body):
    """The choice of a language, at the foot of each page."""

    language: Language


class StartBody(Body):
    """POST /api/applications."""

    credential: Line


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


class PathBody(Body):
    """PUT .../path."""

    path: Line
    answer: Line | None = None


class TextBody(Body):
    """PUT .../materials/{requirement}, a text."""

    text: Text


class LinkBody(Body):
    """PUT .../materials/{requirement}, a link to a video and its length in minutes."""

    url: AnyHttpUrl
    minutes: Annotated[Number, Field(gt=0, lt=100_000)]


class WithdrawalBody(Body):
    """POST .../withdrawal."""

    reason: Text | None = None


class RolesBody(Body):
    """PUT /api/people/{id}/roles."""

    roles: Annotated[list[Annotated[Line, Field(json_schema_extra={"enum": list(ROLES)})]], Field(max_length=50)]


class StaffListBody(Body):
    """What the staff's list of applications is asked for on its page. Both days are included."""

    q: LineOrNothing = ""
    state: State | None = None
    credential: Line | None = None
    begun_from: Day | None = None
    begun_until: Day | None = None
    sort: Sort = Sort.BEGUN
    order: Order = Order.DESCENDING
    after: str | None = None


class PeopleSearchBody(Body):
    """Who is looked for: by the beginning of an address, or words of a name."""

    q: LineOrNothing = ""


_ADDRESSED = re.compile(r"(.*?)\s*<([^<>]*)>")


class FacilitatorBody(Body):
    """Who leads a cohort: a name, and if they have an account its address. A form says `Name <address>`."""

    name: Line
    email: Email | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        found = _ADDRESSED.fullmatch(given.strip())
        return {"name": given} if found is None else {"name": found[1], "email": found[2]}


def _a_line_each(given: object) -> object:
    if not isinstance(given, list):
        return given
    lines = [line for one in given for line in (one.splitlines() if isinstance(one, str) else [one])]
    return [line for line in lines if not isinstance(line, str) or line.strip()]


class CohortBody(Body):
    """POST /api/staff/cohorts, PUT .../{id}."""

    name: Line
    description: Annotated[TextOrNothing, Field(max_length=5000)] = ""
    credentials: Annotated[list[Line], Field(min_length=1, max_length=50)]
    capacity: Annotated[Whole, Field(ge=1, le=500)]
    facilitators: Annotated[list[FacilitatorBody], BeforeValidator(_a_line_each), Field(max_length=20)] = Field(
        default_factory=list
    )
    time_zone: TimeZone
    joining_opens: ClockTime | None = None
    joining_closes: ClockTime | None = None

    def asked(self) -> Asked:
        """What it asks for."""
        return Asked(
            name=self.name,
            description=self.description,
            credentials=self.credentials,
            capacity=self.capacity,
            facilitators=[(one.name, one.email or "") for one in self.facilitators],
            time_zone=self.time_zone,
            joining_opens=self.joining_opens,
            joining_closes=self.joining_closes,
        )


def _meeting(text: str) -> str:
    if text and not re.fullmatch(r"https://[^\s<>\"]{3,1000}", text):
        raise ValueError(refusals.Text("is not an address of a meeting; it begins with https://"))
    return text


class SessionOfCohortBody(Body):
    """POST /api/staff/cohorts/{id}/sessions, PUT .../{session_id}. Only members are shown the link."""

    title: Line
    starts_at: ClockTime
    minutes: Annotated[Whole, Field(ge=5, le=1440)]
    link: Annotated[LineOrNothing, AfterValidator(_meeting)] = ""

    def asked(self) -> AskedSession:
        """What it asks for."""
        return AskedSession(title=self.title, starts_at=self.starts_at, minutes=self.minutes, link=self.link)


class JoinBody(Body):
    """PUT /api/applications/{id}/cohort."""

    cohort_id: UUID


class RemovalBody(Body):
    """Why staff take somebody out of a cohort; the person is shown it."""

    reason: Annotated[Text, Field(max_length=2000)]


class MoveBody(RemovalBody):
    """To which other cohort staff move somebody, and why."""

    cohort_id: UUID
