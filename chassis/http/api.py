"""The FastAPI application that every service has."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from chassis.database.pool import Database
from chassis.http import refusals
from chassis.http.description import describe
from chassis.http.edge import Edge, EdgeSettings
from chassis.http.finding import Finder
from chassis.http.sessions import Principals
from contracts.refusals import Refused


def create_api(database: Database, routers: Sequence[APIRouter], settings: EdgeSettings) -> FastAPI:
    """The application of a service, and the one place where exceptions become answers."""
    # No page with documentation: FastAPI's loads its script from another host. `/openapi.json` is there.
    # The edge makes spans and metrics. FastAPI's own would count everything twice.
    # No redirects that add or remove a slash: they would lead to any host that the request names.
    silent = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    api = FastAPI(
        title=f"microcred {settings.service}", docs_url=None, redoc_url=None, telemetry=silent, redirect_slashes=False
    )
    api.state.database = database
    api.state.principals = Principals(database)
    api.state.refusal_page = None
    # `include_router` would wrap each route, which costs time in every request.
    ours = [route for router in routers for route in router.routes]
    api.router.routes.extend([Finder(ours), *ours])
    api.add_exception_handler(Refused, refusals.on_refused)
    api.add_exception_handler(HTTPException, refusals.on_http_exception)
    api.add_exception_handler(RequestValidationError, refusals.on_validation_error)
    api.add_middleware(Edge, settings=settings)
    describe(api)
    return api


def edge(request: Request) -> Database:
    """The service's database."""
    return request.app.state.database  # type: ignore[no-any-return]
