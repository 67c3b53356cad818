"""What clients send: one model for each request body. Texts have no control characters: databases and mails do not take them."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AnyHttpUrl, Field, StringConstraints

from chassis.http import Body


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the character U+0000; remove it")
    return text


def _email(text: str) -> str:
    try:
        # Whether mail arrives there is found out by sending it.
        return validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {error}") from None


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone; use an IANA name such as America/New_York") from None
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(min_length=1), AfterValidator(_no_nul)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
TimeZone = Annotated[Line, AfterValidator(_zone)]


class SignInBody(Body):
    """POST /api/sign-in. The name is kept only for an address that is not known yet."""

    email: Email
    name: Annotated[str, StringConstraints(max_length=200), AfterValidator(_printable)] | None = None


class SessionBody(Body):
    """POST /api/sessions."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


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

    accepted: bool
    version: Line


class SelfAssessmentBody(Body):
    """PUT .../self-assessment: a rating from 1 to 5 for each item."""

    ratings: dict[Line, Annotated[int, Field(strict=True)]]


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
    minutes: Annotated[float, Field(gt=0, lt=100_000)]


class WithdrawalBody(Body):
    """POST .../withdrawal."""

    reason: Text | None = None


class RolesBody(Body):
    """PUT /api/people/{id}/roles."""

    roles: Annotated[list[Line], Field(max_length=50)]
