"""Pages to sign in: ask for a link, read one's mail, press the button, continue to the wanted page.

Opening the link uses nothing up, because mail scanners open links too; its button does. Pressed twice in one browser,
it signs in once and answers the same twice. A cookie that comes with the page identifies the browser. The wanted page
is kept with the link, so it is the same in every browser.
"""

import re
import secrets
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from chassis.database.transaction import Tx
from chassis.http import Router, edge
from chassis.http.accepting import prefers_html
from chassis.http.sessions import find_principal
from contracts import pages as addresses
from contracts import redirects
from contracts.refusals import Refused, Text
from contracts.session import LIFETIME as SESSION_LIFETIME
from services.intake.bodies import PressBody, SignInBody
from services.intake.clients import hash_of
from services.intake.dependencies import Dependencies
from services.intake.domain.links import LIFETIME, Browser, onward
from services.intake.domain.sessions import client_of
from services.intake.pages.catalog import begun
from services.intake.store import catalog
from services.intake.usecases import limits, links, sessions
from web import forms, visitor
from web.flash import done
from web.rendering import Pages
from web.visitor import visitor_of

FLASHES = {"signed-out": Text("You are signed out, here and everywhere else.")}

BROWSER = "microcred_sign_in"
"""The cookie that identifies a browser to which the button was shown."""
ASKED = "microcred_asked"
"""The cookie with the last address for which this browser asked. Only this browser shows it."""
WITHIN = "/sign-in"
"""Both cookies go to no other path."""
_OURS = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = int(LIFETIME.total_seconds())


def pages(router: Router, deps: Dependencies, shown: Pages) -> None:
    """/sign-in, /sign-in/sent, /signed-in, /sign-out."""

    @router.get("/sign-in/sent")
    async def sent(request: Request, next: str = "") -> Response:
        """The next step: to read one's mail. It says the same whether the address is known or not."""
        facts = await way(request, onward(next))
        return await shown.show(request, "intake/check-mail.html", email=asked_for(request), **facts)

    @router.get("/sign-in")
    @router.get("/sign-in/{token}")
    async def open_page(request: Request, token: str = "", next: str = "") -> Response:
        """Asks for an address. With the token of a mailed link, it shows the button."""
        if token:
            return await button(request, token)
        facts = await way(request, onward(next))
        if await find_principal(request) is not None:
            # A link, not a redirect. Another service may not know the session yet, and would send the person back here.
            return await shown.show(request, "intake/signed-in.html", **facts)
        return await shown.show(request, "intake/sign-in.html", form=forms.Form(), **facts)

    @router.post("/sign-in")
    async def press(request: Request) -> Response:
        """Mails a link to the `email`; with the `token` of one, begins a session in this browser."""
        typed = await forms.typed(request)
        return await (use_link(request, typed) if "email" not in typed else send_link(request, typed))

    @router.get("/signed-in")
    async def signed_in() -> Response:
        """The target of links of former versions."""
        return RedirectResponse(addresses.APPLICATIONS, 303)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        """Voids every session of the person."""
        me = await find_principal(request)
        if me is not None:
            await edge(request).write(lambda tx: sessions.sign_out_everywhere(tx, me.person_id))
        response = done(addresses.HOME, "signed-out")
        visitor.forget(response)
        return response

    async def send_link(request: Request, typed: forms.Typed) -> Response:
        next = onward(forms.Form(typed).value("next"))
        try:
            body = forms.fill(SignInBody, typed)
            address = deps.mailable(body.email)
            counted = deps.limits.of(address.key, request.client.host if request.client else "")
            secret, new_person_id = deps.sealer.make(), uuid4()
            language = (await visitor_of(request)).reader.language

            async def work(tx: Tx) -> None:
                await limits.take(tx, counted)
                await links.send(tx, address, body.name or "", secret, new_person_id, language=language, next=next)

            await edge(request).write(work)
        except Refused as refused:
            return await shown.show_again(request, "intake/sign-in.html", typed, refused, **await way(request, next))
        response = RedirectResponse(f"/sign-in/sent{'?next=' + quote(next, safe='') if next else ''}", 303)
        remember(response, ASKED, quote(address.shown))
        return response

    async def button(request: Request, token: str) -> Response:
        async with edge(request).reading() as tx:
            next = await links.where_to(tx, hash_of(token))
        response = await shown.show(request, "intake/use-link.html", token=token, **await way(request, next))
        # Another page of this kind may be open in this browser, so its cookie stays the same.
        remember(response, BROWSER, browser_of(request) or secrets.token_urlsafe(32))
        return response

    async def use_link(request: Request, typed: forms.Typed) -> Response:
        who = await visitor_of(request)
        known = browser_of(request)
        browser = Browser(
            None if known is None else hash_of(known),
            who.person_id,
            client_of(request.headers.get("user-agent", "")),
            who.reader.language,
        )
        token_hash = hash_of(forms.fill(PressBody, typed).token)
        try:
            session = await edge(request).write(
                lambda tx: sessions.begin(tx, token_hash, deps.first_admin_key, browser)
            )
        except Refused as refused:
            if not prefers_html(request.headers.get("accept")):
                raise
            async with edge(request).reading() as tx:
                next = await links.where_to(tx, token_hash)
            form = forms.Form({"email": [asked_for(request)]})
            return await shown.show(
                request,
                "intake/link-void.html",
                status=refused.status,
                reason=refused.text,
                form=form,
                **await way(request, next),
            )
        response = RedirectResponse(await first_page(request, session.person.person_id, session.next), 303)
        deps.give_cookie(response, deps.signer.sign(session.person.person_id, session.at)[0])
        age = int(SESSION_LIFETIME.total_seconds())
        visitor.remember(response, session.person.name, secure=deps.secure, max_age=age)
        return response

    async def first_page(request: Request, person_id: UUID, next: str) -> str:
        """The first page after sign-in. After "Sign in and begin" it is the new application or, if it cannot begin, the
        page that says why."""
        slug = redirects.begun_by(next)
        if slug is None:
            return next or addresses.APPLICATIONS
        try:
            return addresses.application(await begun(request, deps, person_id, slug))
        except Refused:
            return addresses.credential(slug)

    async def way(request: Request, next: str) -> dict[str, Any]:
        """The page after sign-in. `towards` is the credential for which the person wants to begin an application."""
        slug, found = redirects.begun_by(next), None
        if slug is not None:
            async with edge(request).reading() as tx:
                found = await catalog.current(tx, deps.definitions, slug)
        return {"next": next, "towards": found.name if found is not None and found.state == "open" else ""}

    def remember(response: Response, cookie: str, value: str) -> None:
        response.set_cookie(
            cookie, value, max_age=_SECONDS, path=WITHIN, httponly=True, samesite="lax", secure=deps.secure
        )


def browser_of(request: Request) -> str | None:
    """The cookie that identifies this browser; empty if it was never shown a button."""
    found = request.cookies.get(BROWSER, "")
    return found if _OURS.fullmatch(found) else None


def asked_for(request: Request) -> str:
    """The last address for which this browser asked; empty if there is none."""
    return unquote(request.cookies.get(ASKED, ""))[:320]
