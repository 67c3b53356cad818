"""The page of a reviewer's own profile: what they judge, and the agreements that they sign."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import Principal, SignedIn
from contracts.editions import edition
from contracts.pages import REVIEW_PROFILE
from contracts.refusals import Fault, Invalid, Refused, Text
from services.review.bodies import AgreementBody, ProfileBody
from services.review.callers import caller_of
from services.review.domain.profiles import kept
from services.review.store import credentials
from services.review.usecases.profiles import ProfileChange, change, show, sign
from services.review.views.profiles import profile_shown
from web import forms
from web.flash import done
from web.rendering import Pages

FLASHES = {
    "profile-saved": Text("Your profile is saved."),
    "agreement-signed": Text("You signed the agreement."),
    "agreement-taken-back": Text("Your signature is taken back. You get no further case of these credentials."),
}
_NOT_TICKED = Text("Tick the box if you accept the agreement.")


def pages(shown: Pages) -> Router:
    """GET and POST /review/profile, POST /review/profile/agreement."""
    router = Router(include_in_schema=False)

    @router.get(REVIEW_PROFILE)
    async def profile(request: Request, me: SignedIn) -> Response:
        """What the caller says of themselves, and the agreements that they must sign for it."""
        return await shown.show(request, "review/profiles.html", **await facts(request, me))

    @router.post(REVIEW_PROFILE)
    async def saved(request: Request, me: SignedIn) -> Response:
        """Save the profile. A signature stays as it is."""
        typed = await forms.typed(request)
        seen = frozenset(tag for tag in typed.get("based_on", ()) if tag) or None
        try:
            body = forms.fill(ProfileBody, {"credentials": (), "institution": ("",), **typed})
            wanted = ProfileChange(sorted(set(body.credentials)), body.capacity, body.institution, None)
            await edge(request).write(lambda tx: change(tx, caller_of(me), wanted, seen))
        except Refused as refused:
            return await again(request, me, typed, refused)
        return done(REVIEW_PROFILE, "profile-saved")

    @router.post(REVIEW_PROFILE + "/agreement")
    async def signed(request: Request, me: SignedIn) -> Response:
        """Sign an agreement, or take the signature back."""
        typed = await forms.typed(request)
        try:
            if not any(typed.get("accepted", ())):
                raise Invalid(Fault("accepted", _NOT_TICKED))
            body = forms.fill(AgreementBody, typed)
            await edge(request).write(lambda tx: sign(tx, caller_of(me), body.version, body.accepted))
        except Refused as refused:
            return await again(request, me, typed, refused)
        return done(REVIEW_PROFILE, "agreement-signed" if body.accepted else "agreement-taken-back")

    async def again(request: Request, me: Principal, typed: forms.Typed, refused: Refused) -> Response:
        found = await facts(request, me)
        found.pop("form")
        return await shown.show_again(request, "review/profiles.html", typed, refused, **found)

    async def facts(request: Request, me: Principal) -> dict[str, Any]:
        async with edge(request).reading() as tx:
            found, asked = await show(tx, caller_of(me))
            newest = await credentials.newest(tx)
        names = {one.slug: one.name for one in newest}
        judged = [one.slug for one in newest if one.items or one.slug in found.credentials]
        return {
            "profile": profile_shown(found, asked),
            "names": names,
            "choices": sorted(judged, key=lambda slug: names[slug].casefold()),
            "based_on": edition(kept(found)),
            "form": forms.Form.of_values(dict(kept(found))),
        }

    return router
