"""The routes of a reviewer's own profile."""

from fastapi import Request

from chassis.http import Router, edge, refused
from chassis.http.sessions import SignedIn
from services.review.bodies import ProfileBody
from services.review.callers import caller_of
from services.review.usecases.profiles import ProfileChange, change, show
from services.review.views.profiles import ProfileShown, profile_shown


def router() -> Router:
    """The routes."""
    routes = Router(prefix="/api/review", tags=["profile"])

    @routes.get("/me", responses=refused(403))
    async def show_me(request: Request, me: SignedIn) -> ProfileShown:
        """The caller's profile. `agreement` is the next one to sign or, if all are signed, the last signed one;
        `agreements` are all."""
        async with edge(request).reading() as tx:
            return profile_shown(*await show(tx, caller_of(me)))

    @routes.put("/me", responses=refused(409))
    async def change_me(request: Request, body: ProfileBody, me: SignedIn) -> ProfileShown:
        """Replace the caller's profile."""
        agreement = (body.agreement.version, body.agreement.accepted) if body.agreement is not None else None
        wanted = ProfileChange(sorted(set(body.credentials)), body.capacity, body.institution, agreement)
        return profile_shown(*await edge(request).write(lambda tx: change(tx, caller_of(me), wanted)))

    return routes
