"""Refusals for people: a page that says what happened and what to do now, or a redirect to sign-in and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from contracts import pages as addresses
from contracts import redirects
from contracts.refusals import NotSignedIn, Refused, Text
from web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Kind:
    """The page for refusals of one status: its heading, and what the reader can do."""

    title: Text
    hints: Sequence[Text]


_AGAIN = Text("Try again in a moment. Nothing was changed.")
_WHOSE = Text("Check that you are signed in with your usual address.")

KINDS: Mapping[int, Kind] = {
    400: Kind(Text("The request cannot be read"), [Text("Go back, and send the form once more.")]),
    403: Kind(
        Text("You are not allowed to do this"), [_WHOSE, Text("Ask an administrator of the program for the role.")]
    ),
    404: Kind(
        Text("There is no such page"),
        [
            Text("Check the address: a letter may be missing at its end."),
            Text("The page may belong to somebody else. Then you see the same as for a page that does not exist."),
            _WHOSE,
        ],
    ),
    405: Kind(Text("This page does not allow that"), [Text("Go back, and use the buttons of the page.")]),
    409: Kind(Text("That is not possible now"), [Text("Look at its present state, and go on from there.")]),
    412: Kind(Text("It was changed meanwhile"), [Text("Look at the new version, and decide again.")]),
    413: Kind(Text("That is too large"), [Text("Send less, or a smaller file.")]),
    415: Kind(Text("This kind of file is not accepted here"), [Text("Send a file of a kind that the page names.")]),
    421: Kind(Text("This address is not ours"), [Text("Start at the program's own address.")]),
    422: Kind(Text("Something needs another value"), [Text("Go back, correct it, and send the form once more.")]),
    429: Kind(Text("You did that too often"), [Text("Wait a little, then try again.")]),
    431: Kind(Text("The request is too large"), [Text("Delete the cookies of this site, and sign in again.")]),
    500: Kind(Text("Something went wrong here"), [_AGAIN, Text("If it happens again, write to us.")]),
    503: Kind(Text("Not available at the moment"), [_AGAIN]),
}
_OTHER = Kind(Text("The request was refused"), [Text("Go back to the page before.")])


def kind_of(status: int) -> Kind:
    """The page for a refusal of this status."""
    return KINDS.get(status, _OTHER)


def way_on(visitor: Visitor) -> tuple[str, Text]:
    """A link for a reader who cannot go on: its path and its words."""
    if visitor.signed_in:
        return addresses.APPLICATIONS, Text("To my applications")
    return addresses.HOME, Text("To the home page")


def to_sign_in(request: Request, refused: Refused) -> Response | None:
    """The redirect to sign-in and back, if the person must sign in; None for every other refusal.

    After a form, it leads back to the page that had the form.
    """
    if not isinstance(refused, NotSignedIn):
        return None
    wanted = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD"):
        before = urlsplit(request.headers.get("referer", ""))
        wanted = before.path + (f"?{before.query}" if before.query else "")
    return RedirectResponse(addresses.sign_in(next=redirects.ours(wanted) or ""), 303)
