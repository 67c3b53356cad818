"""The JSON API."""

from chassis.http import Router
from chassis.objects import ObjectStore
from chassis.writing import Writer
from services.review.routes import cases, decisions, declarations, panels, profiles, scores
from services.review.writing import CaseWriter


def router(objects: ObjectStore) -> Router:
    """All routes. Texts and evidence are read from `objects`."""
    writer = CaseWriter(Writer(objects))
    routes = Router()
    for part in (
        cases.router(objects),
        panels.router(),
        declarations.router(writer),
        scores.router(writer, objects),
        decisions.router(writer),
        profiles.router(),
    ):
        # `include_router` would wrap the routes, and nobody describes those wrappers.
        routes.routes.extend(part.routes)
    return routes
