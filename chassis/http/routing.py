"""Routes that are put together when they are first asked for. A service has up to two hundred, and to put all of them
together takes longer than the rest of its start."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute


class LateRoute(APIRoute):
    """FastAPI's route. Until something else than its path is asked for, it keeps only what it was declared with.

    A wrong declaration is therefore refused at the first request for the route, or for `/openapi.json`.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **declared: Any) -> None:
        self.path = path
        self._declared = {"endpoint": endpoint, **declared}

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there yet: put the route together."""
        if "_declared" not in self.__dict__:
            raise AttributeError(name)
        declared = self.__dict__.pop("_declared")
        try:
            super().__init__(self.path, **declared)
        except BaseException:
            self._declared = declared  # so that the next request is told the same
            raise
        return getattr(self, name)


class Router(APIRouter):
    """FastAPI's router, with routes that are put together late."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(route_class=LateRoute, **settings)
