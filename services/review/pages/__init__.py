"""Pages for reviewers, chairs and staff."""

from chassis.http import Router
from chassis.objects import ObjectStore
from services.review.pages import cases, profiles
from web.rendering import Pages


def pages(shown: Pages, objects: ObjectStore) -> Router:
    """All pages. Texts and evidence are read from `objects`."""
    router = Router(include_in_schema=False)
    for part in (cases.pages(shown, objects), profiles.pages(shown)):
        router.routes.extend(part.routes)
    return router
