"""Refusals as people see them: a page that says what happened and what to do now, or the way to sign-in and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from contracts import pages as addresses
from contracts.refusals import NotSignedIn, Refused, Text
from web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Kind:
    """How a page tells a refusal of one status: its heading, and what the reader can do."""

    title: Text
    hints: Sequence[Text]


_AGAIN = Text("Try again in a moment. Nothing was changed.")
_WHOSE = Text("Look whether you are signed in with the address that you usually use.")

KINDS: Mapping[int, Kind] = {
    400: Kind(Text("The request cannot be read"), [Text("Go back, and send the form once more.")]),
    403: Kind(Text("This is not yours to do"), [_WHOSE, Text("Ask an administrator of the program for the role.")]),
    404: Kind(
        Text("There is no such page"),
        [
            Text("Look at the address: a letter may be missing at its end."),
            Text("It may belong to somebody else. Pages of others look like pages that are not there."),
            _WHOSE,
        ],
    ),
    405: Kind(Text("This address does not do that"), [Text("Go back, and use the buttons of the page.")]),
    409: Kind(Text("That is not possible now"), [Text("Look at where it stands now, and go on from there.")]),
    412: Kind(Text("It was changed meanwhile"), [Text("Look at what is there now, and decide again.")]),
    413: Kind(Text("That is too large"), [Text("Send less, or a smaller file.")]),
    415: Kind(Text("Such a file is not taken here"), [Text("Send it in one of the kinds that the page names.")]),
    421: Kind(Text("This address is not ours"), [Text("Begin at the program's own address.")]),
    422: Kind(Text("Something needs another value"), [Text("Go back, correct it, and send the form once more.")]),
    429: Kind(Text("That was too often"), [Text("Wait a little, then try again.")]),
    431: Kind(Text("The request is too large"), [Text("Delete the cookies of this site, and sign in again.")]),
    500: Kind(Text("Something went wrong here"), [_AGAIN, Text("If it happens again, write to us.")]),
    503: Kind(Text("Not available at the moment"), [_AGAIN]),
}
_OTHER = Kind(Text("The request was refused"), [Text("Go back to where you came from.")])


def kind_of(status: int) -> Kind:
    """How a refusal of this status is told."""
    return KINDS.get(status, _OTHER)


def way_on(visitor: Visitor) -> tuple[str, Text]:
    """Where a reader who is stuck can go: path and words of the link."""
    if visitor.signed_in:
        return addresses.APPLICATIONS, Text("To my applications")
    return addresses.HOME, Text("To the home page")


def to_sign_in(request: Request, refused: Refused) -> Response | None:
    """The way to sign-in and back, for who is asked to sign in; None for every other refusal.

    After a form, back is the page that the form stood on.
    """
    if not isinstance(refused, NotSignedIn):
        return None
    wanted = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD"):
        before = urlsplit(request.headers.get("referer", ""))
        wanted = before.path + (f"?{before.query}" if before.query else "")
    return RedirectResponse(addresses.sign_in(next=addresses.ours(wanted) or ""), 303)
