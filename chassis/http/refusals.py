"""How HTTP refuses: the one place where a refusal (`contracts.refusals`) becomes an answer.

Programs get `application/problem+json` (RFC 9457). A request for HTML gets a page, if the service has pages.
"""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.faults import field_of, harmless, words
from chassis.http.accepting import prefers_html
from chassis.telemetry import correlation
from contracts.refusals import Fault, Invalid, NotNow, NotSignedIn, Refused, Text

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: ("bad_request", Text("The request cannot be read")),
    401: ("not_signed_in", Text("Sign in first")),
    403: ("forbidden", Text("You are not allowed to do this")),
    404: ("not_found", Text("This does not exist here")),
    405: ("method_not_allowed", Text("This address does not allow that")),
    409: ("conflict", Text("Not in this state")),
    412: ("changed_meanwhile", Text("It was changed meanwhile")),
    413: ("too_large", Text("The body is too large")),
    415: ("wrong_type", Text("This media type is not accepted here")),
    421: ("misdirected", Text("This host is not ours")),
    422: ("invalid", Text("Some fields need another value")),
    429: ("too_often", Text("Too many requests")),
    500: ("unexpected", Text("Something went wrong here")),
    502: ("bad_gateway", Text("Another service gave an answer that cannot be used")),
    503: ("unavailable", Text("Not available at the moment")),
}
"""For each status: the type of the framework's own refusals, and the usual title."""
_UNNAMED = ("refused", Text("The request was refused"))

SIGN_IN = Text("Sign in at POST /api/sign-in of intake, then send the access token or the session cookie.")
NO_SUCH_THING = Text("It does not exist, or you are not allowed to see it.")
AWAY = Text("Something that this needs does not answer. Try again in a moment.")
AWAY_SECONDS = 2


class BadRequest(Refused):
    """400: the request cannot be read at all. Only the edge uses it."""

    status, usual_type = 400, "bad_request"


class Misdirected(Refused):
    """421: the request names a host that is not ours. Only the edge uses it."""

    status, usual_type = 421, "misdirected"


class BadGateway(Refused):
    """502: another service gave an answer that cannot be used. Only the edge uses it."""

    status, usual_type = 502, "bad_gateway"


class _Unexpected(Refused):
    status, usual_type = 500, "unexpected"


class _OfFramework(Refused):
    """A refusal of the framework itself: an unknown address, or a method that an address does not have."""

    def __init__(self, error: HTTPException) -> None:
        slug, title = TITLES.get(error.status_code, _UNNAMED)
        told = isinstance(error.detail, str) and error.detail.lower() != str(title).lower()
        super().__init__(Text("%(detail)s", detail=error.detail) if told else title, type=slug, title=title)
        self.status = error.status_code  # type: ignore[misc]
        self.headers = error.headers


class RefusalPage(Protocol):
    """The type of `app.state.refusal_page`, in services that have pages."""

    async def __call__(self, request: Request, refused: Refused, status: int, /) -> Response:
        """The page that shows the refusal, with this status."""
        ...


class FieldError(BaseModel):
    """What is wrong with one field, and how to mend it."""

    field: str
    message: str


class Problem(BaseModel):
    """A refusal as it is answered (RFC 9457). `type` is a stable slug, `detail` is for people, `errors` names fields.
    `current` is the present state, if something was changed meanwhile."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    current: dict[str, Any] | None = None
    correlation_id: UUID | None = None


async def answer(request: Request, refused: Refused) -> Response:
    """The answer to a refused request: a page if the client prefers HTML, else problem+json. All refusals end here."""
    page: RefusalPage | None = getattr(request.app.state, "refusal_page", None)
    if page is None or request.url.path.startswith("/api/") or not prefers_html(request.headers.get("accept")):
        return _problem(refused)
    try:
        response = await page(request, refused, refused.status)
    except Exception:  # without a page, the client still learns that the request was refused
        log.exception("the page of a refusal fails", type=refused.type)
        return _problem(refused)
    response.headers.update(_headers(refused))
    return response


def _problem(refused: Refused) -> JSONResponse:
    title = str(refused.title or TITLES.get(refused.status, _UNNAMED)[1])
    errors = [FieldError(field=harmless(one.field), message=harmless(str(one.text))) for one in refused.faults]
    body = Problem(
        type=refused.type,
        title=title,
        status=refused.status,
        detail=harmless(str(refused.text)) or title,
        errors=errors or None,
        current=None if refused.current is None else dict(refused.current),
        correlation_id=correlation.get(),
    )
    content = body.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, refused.status, _headers(refused), MEDIA_TYPE)


def _headers(refused: Refused) -> Mapping[str, str]:
    """The headers of a refusal, for pages and JSON alike."""
    headers = dict(refused.headers or {}) if isinstance(refused, _OfFramework) else {}
    if isinstance(refused, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if refused.retry_after_seconds is not None:
        headers["Retry-After"] = str(refused.retry_after_seconds)
    return headers


async def on_refused(request: Request, error: Exception) -> Response:
    """FastAPI's handler of the refusals of a domain, a route or the chassis."""
    assert isinstance(error, Refused)
    return await answer(request, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """FastAPI's handler of the framework's own refusals."""
    assert isinstance(error, HTTPException)
    return await answer(request, _OfFramework(error))


async def on_validation_error(request: Request, error: Exception) -> Response:
    """FastAPI's handler of bodies and parameters that do not fit: 422 and each field. A body that is not JSON is
    answered alike."""
    assert isinstance(error, RequestValidationError)
    return await answer(request, Invalid(*(Fault(field_of(fault), words(fault)) for fault in error.errors())))


def not_here() -> Refused:
    """404: there is no such address."""
    return _OfFramework(HTTPException(404, str(NO_SUCH_THING)))


def misdirected() -> Refused:
    """421: the host of the request is not ours."""
    return Misdirected(
        Text("This service does not serve the host that the request names. Use an address of the program.")
    )


def unavailable() -> Refused:
    """503: something that the answer depends on is away. Nothing has changed."""
    return NotNow(AWAY, retry_after_seconds=AWAY_SECONDS)


def unexpected() -> Refused:
    """500: an unexpected error. The answer gives no internal details."""
    return _Unexpected(Text("It is logged under the correlation id; trying again may help."))
