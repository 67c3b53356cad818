"""What the next page says of what was just done. The cookie holds the name of a text, never a text: nobody else can put
words on our pages."""

from fastapi import Request
from starlette.responses import RedirectResponse, Response

COOKIE = "microcred_told"
SECONDS = 60


def after(response: Response, told: str) -> Response:
    """Have the next page say `told`, a key of the template `told.html`."""
    response.set_cookie(COOKIE, told, max_age=SECONDS, httponly=True, samesite="lax")
    return response


def done(address: str, told: str | None = None) -> Response:
    """What a form answers when it did its work: on to the page that shows it (303), which may say so."""
    response = RedirectResponse(address, 303)
    return response if told is None else after(response, told)


def read(request: Request) -> str | None:
    """What the page is to say, or None."""
    return request.cookies.get(COOKIE)


def clear(response: Response) -> None:
    """It is said."""
    response.delete_cookie(COOKIE)
