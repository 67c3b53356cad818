"""Why a command is refused. Each says which state or field is at fault and what would help; routes turn them into
problem+json."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One field of a request (or one requirement of an application) and what would mend it."""

    field: str
    message: str


class Refused(Exception):
    """A command that is not carried out; nothing has changed. `type` is the stable slug that clients see."""

    type: ClassVar[str] = "refused"

    def __init__(self, detail: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)


class NotThere(Refused):
    """What is asked for does not exist, or its existence is not this person's business."""

    type = "not_found"


class WrongState(Refused):
    """The application is in a state that does not allow it."""

    type = "wrong_state"


class CredentialClosed(Refused):
    """No version of the credential takes applications now."""

    type = "credential_closed"


class SecondLiveApplication(Refused):
    """The person already has a live application for this credential."""

    type = "second_live_application"


class AgreementChanged(Refused):
    """Another version of the agreement was accepted than the one that this application has."""

    type = "agreement_changed"


class PathNotOpen(Refused):
    """The path is not allowed by the answer, not chosen yet, or another one was chosen."""

    type = "path_not_open"


class NotHandedInHere(Refused):
    """The requirement is not met by a material that the applicant hands in now."""

    type = "not_handed_in_here"


class TooMany(Refused):
    """The requirement already has as many artifacts as it takes."""

    type = "too_many"


class Incomplete(Refused):
    """Something that is due before submission is missing; `faults` names each requirement."""

    type = "incomplete"


class Invalid(Refused):
    """A field does not fit; `faults` names each."""

    type = "invalid"


class TooLarge(Refused):
    """More bytes than the requirement takes."""

    type = "too_large"


class OverQuota(Refused):
    """More bytes than one application may hold in all."""

    type = "quota"


class WrongMediaType(Refused):
    """The content is of a kind that the requirement does not take."""

    type = "wrong_media_type"


class LinkNotValid(Refused):
    """The sign-in link was used, has run out, or never was."""

    type = "link_not_valid"


class RolesUnknown(Invalid):
    """A role that nobody knows."""


class LastAdministrator(Refused):
    """Nobody would be left who may give roles."""

    type = "last_administrator"


class TooOften(Refused):
    """It was done as often as it may be within the time; possible again after so many seconds."""

    type = "too_often"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Try again in {retry_after_seconds} seconds.")
        self.retry_after_seconds = retry_after_seconds
