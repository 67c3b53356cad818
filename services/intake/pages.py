"""HTTP in, for browsers: the page that the mailed link opens, and who is signed in.

Opening the link uses nothing up (mail scanners open links too); its button does. Pressed twice in one browser it signs
in once, and says so twice: the browser is known by a cookie that comes with the page.
"""

import re
import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import AfterValidator

from chassis.http import edge
from chassis.http.sessions import find_principal
from chassis.telemetry import correlation
from chassis.texts import storable
from contracts.refusals import NotSignedIn
from contracts.session import COOKIE
from services.intake.clients import hash_of
from services.intake.dependencies import Dependencies
from services.intake.domain.links import LIFETIME, Browser
from services.intake.usecases import people, sessions

HERE = Path(__file__).parent
BROWSER = "microcred_sign_in"
"""The cookie by which a browser is known that was shown the button."""
_OURS = re.compile(r"[A-Za-z0-9_-]{43}")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def build(desk: Dependencies) -> APIRouter:
    """GET and POST /sign-in, GET /signed-in, POST /sign-out, and their style sheet."""
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (HERE / "static" / "intake.css").read_bytes()

    def page(template: str, status: int = 200, **facts: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(template).render(**facts), status, HEADERS)

    def refused(reason: str, status: int) -> HTMLResponse:
        return page("refused.html", status, reason=reason, correlation_id=correlation.get())

    @router.get("/sign-in")
    @router.get("/sign-in/{token}")
    async def open_link(request: Request, token: str = "") -> Response:
        """What a mailed link opens."""
        if not token:
            return refused("This address is only half a link. Open the link in the mail.", 404)
        shown = page("sign_in.html", token=token)
        # Another page of this kind may be open in this browser: what knows it stays the same.
        known = _browser(request) or secrets.token_urlsafe(32)
        age = int(LIFETIME.total_seconds())
        shown.set_cookie(
            BROWSER, known, max_age=age, path="/sign-in", httponly=True, samesite="lax", secure=desk.secure
        )
        return shown

    @router.post("/sign-in")
    async def use_link(request: Request, token: Annotated[str, Form(), AfterValidator(storable)] = "") -> Response:
        """The button: begins a session in this browser."""
        known, me = _browser(request), await find_principal(request)
        browser = Browser(None if known is None else hash_of(known), None if me is None else me.person_id)
        try:
            begun = await edge(request).write(
                lambda tx: sessions.begin(tx, hash_of(token), desk.first_admin_key, browser)
            )
        except NotSignedIn as error:
            return refused(str(error.text), 401)
        response = RedirectResponse("/signed-in", 303)
        desk.give_cookie(response, desk.signer.sign(begun.person.person_id, begun.at)[0])
        return response

    @router.get("/signed-in")
    async def signed_in(request: Request) -> Response:
        """Who is signed in."""
        me = await find_principal(request)
        if me is None:
            return refused("You are not signed in. Ask for a sign-in link, and open it.", 401)
        async with edge(request).reading() as tx:
            return page("signed_in.html", person=await people.find(tx, me.person_id))

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        """Voids every session of the person."""
        me = await find_principal(request)
        if me is not None:
            await edge(request).write(lambda tx: sessions.sign_out_everywhere(tx, me.person_id))
        response = page("signed_out.html")
        response.delete_cookie(COOKIE)
        return response

    @router.get("/static/intake.css")
    async def style_sheet() -> Response:
        """How the pages look."""
        return Response(style, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    return router


def _browser(request: Request) -> str | None:
    found = request.cookies.get(BROWSER, "")
    return found if _OURS.fullmatch(found) else None
