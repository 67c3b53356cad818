"""A short notice on the next page about what was just done. The cookie holds the name of a text and never a text, so
that nobody else can put words on our pages."""

from fastapi import Request
from starlette.responses import RedirectResponse, Response

COOKIE = "microcred_told"
SECONDS = 60


def after(response: Response, told: str) -> Response:
    """Make the next page show the notice `told`, a key of the service's `flashes`."""
    response.set_cookie(COOKIE, told, max_age=SECONDS, httponly=True, samesite="lax")
    return response


def done(address: str, told: str | None = None) -> Response:
    """The answer of a form that did its work: a redirect (303) to the page that shows the result, which may say a
    notice."""
    response = RedirectResponse(address, 303)
    return response if told is None else after(response, told)


def read(request: Request) -> str | None:
    """The key of the notice to show, or None."""
    return request.cookies.get(COOKIE)


def clear(response: Response) -> None:
    """Remove the notice, because it has been shown."""
    response.delete_cookie(COOKIE)
