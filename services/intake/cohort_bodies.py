"""The bodies of requests about cohorts. `bodies` has the others."""

import re
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from chassis.http import Body
from chassis.texts import AS_WHOLE, Email, Line, LineOrNothing, Text, TextOrNothing, TimeZone
from contracts import refusals
from services.intake.usecases.cohorts import Asked, AskedSession


def _clock(text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(refusals.Text("is not a time; write it like 2027-03-02T18:00")) from None
    if not 2000 <= found.year < 2200:
        raise ValueError(refusals.Text("lies outside of the years 2000 to 2199; write a time within them"))
    return found if found.tzinfo is None else found.astimezone(UTC)


ClockTime = Annotated[datetime, PlainValidator(_clock, json_schema_input_type=str)]
"""A local time in a cohort's zone, such as 2027-03-02T18:00. A time with a zone of its own (RFC 3339) keeps it."""


_ADDRESSED = re.compile(r"(.*?)\s*<([^<>]*)>")


class FacilitatorBody(Body):
    """The person who leads a cohort: a name, and the address of their account if they have one. A form says `Name
    <address>`."""

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
    capacity: Annotated[int, Field(strict=True, ge=1, le=500), AS_WHOLE]
    facilitators: Annotated[list[FacilitatorBody], BeforeValidator(_a_line_each), Field(max_length=20)] = Field(
        default_factory=list
    )
    time_zone: TimeZone
    joining_opens: ClockTime | None = None
    joining_closes: ClockTime | None = None

    def asked(self) -> Asked:
        """The details of a cohort that this body gives."""
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
    """POST /api/staff/cohorts/{id}/sessions, PUT .../{session_id}. Only members see the link."""

    title: Line
    starts_at: ClockTime
    minutes: Annotated[int, Field(strict=True, ge=5, le=1440), AS_WHOLE]
    link: Annotated[LineOrNothing, AfterValidator(_meeting)] = ""

    def asked(self) -> AskedSession:
        """The session that this body gives."""
        return AskedSession(title=self.title, starts_at=self.starts_at, minutes=self.minutes, link=self.link)


class JoinBody(Body):
    """PUT /api/applications/{id}/cohort."""

    cohort_id: UUID


class RemovalBody(Body):
    """Why staff take somebody out of a cohort. The person can read it."""

    reason: Annotated[Text, Field(max_length=2000)]


class MoveBody(RemovalBody):
    """The other cohort to which staff move somebody, and the reason."""

    cohort_id: UUID
