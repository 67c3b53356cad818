"""HTTP in: the JSON API."""

from fastapi import APIRouter

from chassis.objects import ObjectStore
from chassis.writing import Writer
from services.review.routes import cases, decisions, declarations, panels, profiles, scores
from services.review.writing import CaseWriter


def router(objects: ObjectStore) -> APIRouter:
    """All routes; texts and evidence are in `objects`."""
    writer = CaseWriter(Writer(objects))
    routes = APIRouter()
    for part in (
        cases.router(objects),
        panels.router(),
        declarations.router(writer),
        scores.router(writer),
        decisions.router(writer),
        profiles.router(),
    ):
        routes.routes.extend(part.routes)  # as they are: `include_router` wraps them, and nobody describes those
    return routes
