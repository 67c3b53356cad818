"""A reviewer's own profile."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from chassis.http import edge, refused
from chassis.http.sessions import SignedIn
from services.review.bodies import ProfileBody
from services.review.callers import caller_of
from services.review.domain.profiles import AgreementAsked, Profile
from services.review.usecases.profiles import ProfileChange, change, show


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/review", tags=["profile"])

    @routes.get("/me", responses=refused(403))
    async def show_me(request: Request, me: SignedIn) -> JSONResponse:
        """The caller's profile; `agreement` is the next one to sign (or, with none left, the last signed), `agreements`
        are all."""
        async with edge(request).reading() as tx:
            return JSONResponse(_shown(*await show(tx, caller_of(me))))

    @routes.put("/me", responses=refused(409))
    async def change_me(request: Request, body: ProfileBody, me: SignedIn) -> JSONResponse:
        """Replace the caller's profile."""
        agreement = (body.agreement.version, body.agreement.accepted) if body.agreement is not None else None
        wanted = ProfileChange(sorted(set(body.credentials)), body.capacity, body.institution, agreement)
        return JSONResponse(_shown(*await edge(request).write(lambda tx: change(tx, caller_of(me), wanted))))

    return routes


def _shown(profile: Profile, asked: list[AgreementAsked]) -> dict[str, Any]:
    return {
        "credentials": list(profile.credentials),
        "capacity": profile.capacity,
        "institution": profile.institution,
        "agreement": _agreement(asked[0] if asked[:1] and asked[0].accepted_at is None else asked[-1])
        if asked
        else None,
        "agreements": [_agreement(one) for one in asked],
    }


def _agreement(one: AgreementAsked) -> dict[str, Any]:
    return {
        "version": one.version,
        "text": one.text,
        "credentials": list(one.credentials),
        "accepted": one.accepted_at is not None,
        "accepted_at": one.accepted_at.isoformat() if one.accepted_at is not None else None,
    }
