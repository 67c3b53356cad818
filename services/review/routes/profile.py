"""A reviewer's own profile."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from chassis.http import Body, edge, refused
from chassis.http.sessions import SignedIn
from chassis.texts import AS_WHOLE, Key, LineOrNothing, YesOrNo
from contracts.catalog import Key as Slug
from services.review.routes.cases import caller_of
from services.review.usecases.profiles import ProfileChange, change, show
from services.review.views.profile import ProfileShown, profile_shown


class AgreementBody(Body):
    """Signing the reviewers' agreement (confidentiality, conflicts of interest), or taking the signature back."""

    accepted: YesOrNo
    version: Key


class ProfileBody(Body):
    """`credentials`: slugs that they judge. `capacity`: cases at a time. `institution`: they never judge somebody of
    it."""

    credentials: Annotated[list[Slug], Field(max_length=200)]
    capacity: Annotated[int, Field(strict=True, ge=0, le=10_000), AS_WHOLE]
    institution: LineOrNothing
    agreement: AgreementBody | None = None


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/review", tags=["profile"])

    @routes.get("/me", responses=refused(403))
    async def show_me(request: Request, me: SignedIn) -> ProfileShown:
        """The caller's profile; `agreement` is the next one to sign (or, with none left, the last signed), `agreements`
        are all."""
        async with edge(request).reading() as tx:
            return profile_shown(*await show(tx, caller_of(me)))

    @routes.put("/me", responses=refused(409))
    async def change_me(request: Request, body: ProfileBody, me: SignedIn) -> ProfileShown:
        """Replace the caller's profile."""
        agreement = (body.agreement.version, body.agreement.accepted) if body.agreement is not None else None
        wanted = ProfileChange(sorted(set(body.credentials)), body.capacity, body.institution, agreement)
        async with edge(request).transaction() as tx:
            return profile_shown(*await change(tx, caller_of(me), wanted))

    return routes
