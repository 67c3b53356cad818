"""Links that are mailed with a secret in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts import pages
from services.intake.domain.sessions import UNTOLD, Client

LIFETIME = timedelta(minutes=15)
REPEAT = timedelta(minutes=1)
"""For so long after its use a link's button may be pressed again in the browser that pressed it: a double click is one
wish."""
SIGN_IN = "sign_in"
"""The purpose of a link that begins a session."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A fresh token: its hash for us, itself sealed for who mails it. The token in the clear is nowhere."""

    hash: bytes
    sealed: str


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a link's button was pressed: the hash of the cookie that came with its page, and whose session the browser
    has, if any.

    `client` is what it says it is, `language` what its reader reads, for who has no account yet.
    """

    cookie_hash: bytes | None = None
    signed_in: UUID | None = None
    client: Client = UNTOLD
    language: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """A link that was used: when, in which browser, and where its person wanted to go."""

    person_id: UUID
    used_at: datetime
    used_by: bytes | None
    next: str = ""


def pressed_again(used: Used, browser: Browser, now: datetime) -> bool:
    """Whether this is the same wish once more: the same browser, within a minute. Anybody else is too late."""
    known = used.used_by is not None and used.used_by == browser.cookie_hash
    return now - used.used_at < REPEAT and (known or browser.signed_in == used.person_id)


def onward(wanted: str) -> str:
    """Where a person goes on after sign-in: `wanted`, if it is a page of ours; else empty.

    Not to sign-in itself, which would go round in a circle.
    """
    path = pages.ours(wanted) or ""
    return "" if path.partition("?")[0].rstrip("/").startswith((pages.SIGN_IN, pages.SIGN_OUT)) else path
