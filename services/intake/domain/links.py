"""Links that are mailed with a secret."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts import pages, redirects
from contracts.refusals import NotSignedIn, Text
from services.intake.domain.sessions import UNTOLD, Client

LIFETIME = timedelta(minutes=15)
REPEAT = timedelta(minutes=1)
"""So long after its use, the same browser may press a link's button again, because a double click is one wish."""
SIGN_IN = "sign_in"
"""The purpose of a link that begins a session."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A new token: its hash for us, and the token sealed for `notify`. The plain token is kept nowhere."""

    hash: bytes
    sealed: str


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser in which a link's button was pressed: the hash of the cookie that came with its page, and the person
    whose session the browser has, if any.

    `client` is what it says of itself. `language` is its reader's language, for people without an account.
    """

    cookie_hash: bytes | None = None
    signed_in: UUID | None = None
    client: Client = UNTOLD
    language: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was mailed. `name` was given when it was asked for. `next` is where its person goes after sign-in; it
    may be empty. A used link has the time and the browser of its use."""

    token_hash: bytes
    person_id: UUID
    expires_at: datetime
    name: str = ""
    next: str = ""
    used_at: datetime | None = None
    used_by: bytes | None = None


def use(link: Link, browser: Browser, now: datetime) -> Link:
    """The link, used in this browser. Returns the same object if its button is pressed again.

    Refuses a link that was used elsewhere or earlier, or has expired.
    """
    if link.used_at is None and now < link.expires_at:
        return replace(link, used_at=now, used_by=browser.cookie_hash)
    if not _pressed_again(link, browser, now):
        raise not_valid()
    return link


def not_valid() -> NotSignedIn:
    """The refusal of a link that was used, has expired, was voided, or never existed."""
    return NotSignedIn(
        Text(
            "This sign-in link was used already, has expired or was voided. A link works once, for 15 minutes."
            " Ask for a new one."
        ),
        type="link_not_valid",
        title=Text("This link does not sign you in"),
    )


def _pressed_again(link: Link, browser: Browser, now: datetime) -> bool:
    """Whether this is the same wish again: the same browser, within a minute."""
    known = link.used_by is not None and link.used_by == browser.cookie_hash
    in_time = link.used_at is not None and now - link.used_at < REPEAT
    return in_time and (known or browser.signed_in == link.person_id)


def onward(wanted: str) -> str:
    """The page after sign-in: `wanted` if it is a page of ours, else empty.

    The page of sign-in itself does not count, because it would lead around in a circle.
    """
    path = redirects.ours(wanted) or ""
    return "" if path.partition("?")[0].rstrip("/").startswith((pages.SIGN_IN, pages.SIGN_OUT)) else path
