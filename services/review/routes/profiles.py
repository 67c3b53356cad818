"""The routes of a reviewer's own profile."""

from fastapi import Request, Response

from chassis.http import Router, edge, refused
from chassis.http.conditions import seen, tagged
from chassis.http.sessions import SignedIn
from contracts.editions import edition
from services.review.bodies import ProfileBody
from services.review.callers import caller_of
from services.review.domain.profiles import AgreementAsked, Profile, kept
from services.review.usecases.profiles import ProfileChange, change, show
from services.review.views.profiles import ProfileShown, profile_shown


def router() -> Router:
    """The routes."""
    routes = Router(prefix="/api/review", tags=["profile"])

    @routes.get("/me", response_model=ProfileShown, responses=refused(403))
    async def show_me(request: Request, me: SignedIn) -> Response:
        """The caller's profile. `agreement` is the next one to sign or, if all are signed, the last signed one;
        `agreements` are all. Its `ETag` is for `If-Match`."""
        async with edge(request).reading() as tx:
            return _shown(*await show(tx, caller_of(me)))

    @routes.put("/me", response_model=ProfileShown, responses=refused(409, 412))
    async def change_me(request: Request, body: ProfileBody, me: SignedIn) -> Response:
        """Replace the caller's profile. With `If-Match`, another state than the one that was seen is not overwritten:
        412."""
        agreement = (body.agreement.version, body.agreement.accepted) if body.agreement is not None else None
        wanted = ProfileChange(sorted(set(body.credentials)), body.capacity, body.institution, agreement)
        seen_by = seen(request, edition(None))
        return _shown(*await edge(request).write(lambda tx: change(tx, caller_of(me), wanted, seen_by)))

    return routes


def _shown(profile: Profile, asked: list[AgreementAsked]) -> Response:
    shown = profile_shown(profile, asked)
    return tagged(Response(shown.model_dump_json(), media_type="application/json"), edition(kept(profile)))
