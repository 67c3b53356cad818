"""The main menu: the places for a person's roles, at most five."""

from dataclasses import dataclass

from contracts.pages import PLACES
from web.visitor import Visitor

MOST = 5


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
    return (
        path == place
        or (place == "/" and path.startswith("/credentials/"))
        or (place != "/" and path.startswith(f"{place}/"))
    )
