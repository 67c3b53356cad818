"""The main menu: the places for a person's roles, at most five."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts import pages
from web.visitor import Visitor

MOST = 5


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the main menu. `name` is English, for the catalog."""

    name: str
    path: str


PLACES: Mapping[str, tuple[Place, ...]] = {
    "visitor": (Place("Credentials", pages.HOME),),
    "applicant": (
        Place("Credentials", pages.HOME),
        Place("My applications", pages.APPLICATIONS),
        Place("My badges", pages.BADGES),
    ),
    "reviewer": (Place("Review", pages.REVIEW),),
    "chair": (Place("Decisions", pages.DECISIONS),),
    "staff": (Place("Staff", pages.STAFF), Place("Cases", pages.REVIEW_CASES)),
    "admin": (Place("Staff", pages.STAFF),),
    "operator": (Place("Console", pages.CONSOLE),),
}
"""The entries that each role adds to the menu, in this order. Everybody who is signed in counts as `applicant`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the menu. `name` is English, for the catalog. `here` says that the present page belongs to it."""

    name: str
    path: str
    here: bool


def places(visitor: Visitor, path: str) -> list[Entry]:
    """The menu of this visitor on a page at `path`."""
    parts = ["applicant", *(role for role in PLACES if role in visitor.roles)] if visitor.signed_in else ["visitor"]
    wanted = list(dict.fromkeys(place for part in parts for place in PLACES[part]))
    # Places for everybody are left out first, because the program's mark and other pages lead to them.
    found = wanted[max(0, min(len(wanted) - MOST, len(PLACES["applicant"]))) :][:MOST]
    nearest = max((place.path for place in found if _within(path, place.path)), key=len, default=None)
    return [Entry(place.name, place.path, place.path == nearest) for place in found]


def _within(path: str, place: str) -> bool:
    if path.startswith("/payments/"):  # an application's fee: its applicant's page, or that of staff
        return place == (pages.STAFF if path.endswith("/staff") else pages.APPLICATIONS)
    return (
        path == place
        or (place == "/" and path.startswith("/credentials/"))
        or (place != "/" and path.startswith(f"{place}/"))
    )
