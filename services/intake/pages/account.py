"""The account: name, institution, language, time zone, and the devices on which the person is signed in. Also the
choice of a language, for everybody."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from chassis.http import Router, edge
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts import redirects
from contracts.refusals import NotSignedIn, Refused, Text
from contracts.session import COOKIE
from contracts.session import LIFETIME as SESSION_LIFETIME
from services.intake.bodies import AccountBody, LanguageBody
from services.intake.dependencies import Dependencies
from services.intake.domain.sessions import Session
from services.intake.pages import refusing
from services.intake.store import exports, research_consents
from services.intake.usecases import people, sessions
from services.intake.views import people as views
from web import forms, visitor
from web.flash import done
from web.rendering import Pages

FLASHES = {"account-saved": Text("Your details are saved.")}

_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/account, /language."""

    @router.get("/account")
    async def account(request: Request) -> Response:
        """What people say about themselves, and where they are signed in."""
        kept, who = await read(request), await visitor.visitor_of(request)
        # A person without a time zone is offered the browser's.
        form = forms.Form.of_values(
            {
                "name": kept.name,
                "institution": kept.institution,
                "language": kept.language,
                "time_zone": who.reader.zone.key,
            }
        )
        return await shown.show(request, "intake/account.html", form=form, visitor=who, **about(kept))

    @router.post("/account")
    async def save(request: Request) -> Response:
        """Save what people say about themselves."""
        me = await find_principal(request)
        typed = await forms.typed(request)
        if me is None:
            return await refusing.signed_out(request, shown, typed)
        try:
            body = forms.fill(AccountBody, typed)
            person = await edge(request).write(lambda tx: people.set_details(tx, me.person_id, **body.model_dump()))
        except Refused as refused:
            return await shown.show_again(request, "intake/account.html", typed, refused, **about(await read(request)))
        response = done(addresses.ACCOUNT, "account-saved")
        remember_language(response, body.language)
        age = int(SESSION_LIFETIME.total_seconds())
        visitor.remember(response, person.name, secure=deps.secure, max_age=age)
        return response

    @router.post("/language")
    async def choose_language(request: Request) -> Response:
        """Show pages in this language from now on: in this browser, and to this person."""
        typed = await forms.typed(request)
        language = forms.fill(LanguageBody, typed).language
        me = await find_principal(request)
        if me is not None:
            await edge(request).write(lambda tx: people.set_language(tx, me.person_id, language))
        back = redirects.ours(forms.Form(typed).value("next")) or addresses.HOME
        response = RedirectResponse(back, 303)
        remember_language(response, language)
        return response

    async def read(request: Request) -> views.Account:
        me = await find_principal(request)
        if me is None:
            raise NotSignedIn(Text("Sign in to see your account."))
        async with edge(request).reading() as tx:
            person = await people.find(tx, me.person_id)
            begun = await sessions.list_of(tx, me.person_id)
            made = await exports.find(tx, me.person_id)
            consents = await research_consents.given_by(tx, me.person_id)
        return views.account(person, begun, this_one(request, begun), made, consents)

    def about(kept: views.Account) -> dict[str, Any]:
        return {
            "account": kept,
            "zones": [(zone, zone.replace("_", " ")) for zone in sorted({*zones(), kept.time_zone})],
        }

    def remember_language(response: Response, language: str) -> None:
        response.set_cookie(
            visitor.LANGUAGE_COOKIE,
            language,
            max_age=visitor.A_YEAR,
            httponly=True,
            samesite="lax",
            secure=deps.secure,
        )


def this_one(request: Request, begun: Sequence[Session]) -> datetime | None:
    """The begin of the session of this request, if it is one of these."""
    claims = request.app.state.tokens.read(request.cookies.get(COOKIE, ""))
    if claims is None:
        return None
    # A token gives the time as a fraction of seconds, which is not exact.
    return next((one.began_at for one in begun if abs(one.began_at.timestamp() - claims.iat) < 0.001), None)


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones that are offered: the places of IANA's list, and UTC."""
    return ("UTC", *sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _AREAS))
