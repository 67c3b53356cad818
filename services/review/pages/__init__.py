"""Pages for reviewers, chairs and staff."""

from fastapi import APIRouter

from chassis.objects import ObjectStore
from services.review.pages import cases, profiles
from web.rendering import Pages


def pages(shown: Pages, objects: ObjectStore) -> APIRouter:
    """All pages. Texts and evidence are read from `objects`."""
    router = APIRouter(include_in_schema=False)
    for part in (cases.pages(shown, objects), profiles.pages(shown)):
        router.routes.extend(part.routes)
    return router
