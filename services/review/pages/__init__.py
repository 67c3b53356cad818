"""Pages for reviewers, chairs and staff."""

from chassis.http import Router
from chassis.objects import ObjectStore
from chassis.writing import Writer
from services.review.pages import cases, deciding, judging, profiles
from services.review.writing import CaseWriter
from web.rendering import Pages

FLASHES = {**judging.FLASHES, **deciding.FLASHES, **profiles.FLASHES}


def pages(shown: Pages, objects: ObjectStore) -> Router:
    """All pages. Texts and evidence are read from `objects`."""
    router = Router(include_in_schema=False)
    writer = CaseWriter(Writer(objects))
    for part in (
        cases.pages(shown, objects),
        judging.pages(shown, objects, writer),
        deciding.pages(shown, objects, writer),
        profiles.pages(shown),
    ):
        router.routes.extend(part.routes)
    return router
