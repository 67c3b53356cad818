"""What people and applicants send: one model for each request body, made of the types that all services share
(`chassis.texts`). `staff_bodies` has those of the staff, `cohort_bodies` those of cohorts."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, Field, PlainValidator

from chassis.http import Body
from chassis.texts import (
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
from contracts import refusals
from web.languages import LANGUAGES


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError(f"is not a language of these pages; use one of {', '.join(LANGUAGES)}")
    return text


Language = Annotated[str, AfterValidator(_language), Field(json_schema_extra={"enum": list(LANGUAGES)})]
"""A language of pages and mails."""


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
"""A day, in the zone of the person who names it."""


class SignInBody(Body):
    """POST /api/sign-in. A person without a name gets this name when they use the link of this request."""

    email: Email
    name: LineOrNothing | None = None


class SessionBody(Body):
    """POST /api/sessions."""

    token: Token


class PressBody(Body):
    """The button of a sign-in link's page. Any text that is no token counts as an invalid link."""

    token: str = ""


class AccountBody(Body):
    """What a person says about themselves on their account."""

    name: LineOrNothing = ""
    institution: LineOrNothing = ""
    language: Language
    time_zone: TimeZone


class ErasureBody(Body):
    """The confirmation of an erasure on its page: the person's sign-in address."""

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
    """PUT .../research-consent. `version`: of the text to which the person consents."""

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
    """PUT .../materials/{requirement}, one artifact that is a text or a link, with its annotation."""

    text: Text | None = None
    url: AnyHttpUrl | None = None
    annotation: Text | None = None
    items: Annotated[list[Line], Field(default_factory=list, max_length=200)]


class LinkBody(Body):
    """PUT .../materials/{requirement}, a link to a video and its length in minutes."""

    url: AnyHttpUrl
    minutes: Annotated[Number, Field(gt=0, lt=100_000)]


class RefereeBody(Body):
    """The person who is asked for a letter: POST .../letter-requests/{request_id}/replacement."""

    referee_name: Line
    referee_email: Email


class LetterRequestBody(RefereeBody):
    """POST .../letter-requests."""

    requirement: Line


class WithdrawalBody(Body):
    """POST .../withdrawal."""

    reason: Text | None = None
