"""Finds the route of a request without trying every route: a service has up to two hundred routes."""

from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

Shape = tuple[int, str | None, str | None]
"""The number of parts of a path, and its first two parts; None stands for a part that a path may choose."""

_CHOSEN = "microcred.route"


class Finder(BaseRoute):
    """Stands before the routes of an application and hands a request to the route that takes it.

    It takes only requests whose path and method fit. It leaves all others to the framework, which then looks through
    the routes one by one: an address that there is not, and a method that an address does not have.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._shapes = [(route, _shape(route)) for route in routes]
        shapes = {shape for _, shape in self._shapes if shape is not None}
        self._lengths = {length for length, _, _ in shapes}
        self._firsts, self._seconds = {first for _, first, _ in shapes}, {second for _, _, second in shapes}
        self._anywhere = [route for route, shape in self._shapes if shape is None]
        self._found: dict[Shape, Sequence[BaseRoute]] = {}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a route takes this request, with the values that the route found in its path."""
        if scope["type"] == "http":
            for route in self._candidates(scope["path"]):
                match, child = route.matches(scope)
                if match == Match.FULL:
                    return match, {**child, _CHOSEN: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route answer."""
        await scope[_CHOSEN].handle(scope, receive, send)

    def _candidates(self, path: str) -> Sequence[BaseRoute]:
        parts = path.split("/")[1:]
        if len(parts) not in self._lengths:
            return self._anywhere
        first, second = parts[0], parts[1] if len(parts) > 1 else None
        asked = len(parts), first if first in self._firsts else None, second if second in self._seconds else None
        found = self._found.get(asked)
        if found is None:
            found = self._found[asked] = [route for route, shape in self._shapes if _fits(shape, asked)]
        return found


def _shape(route: BaseRoute) -> Shape | None:
    """The shape of a route's path; None if a parameter takes several parts, or there is no path."""
    if not isinstance(route, Route) or ":path}" in route.path:
        return None
    parts: list[str | None] = [None if "{" in part else part for part in route.path.split("/")[1:]]
    return len(parts), parts[0], parts[1] if len(parts) > 1 else None


def _fits(shape: Shape | None, asked: Shape) -> bool:
    """Whether a route of this shape may take a path of that shape. In the asked shape, None stands for a part that no
    route has as a fixed part."""
    if shape is None:
        return True
    length, first, second = shape
    return length == asked[0] and first in (None, asked[1]) and second in (None, asked[2])
