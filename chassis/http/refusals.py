"""How HTTP refuses: `application/problem+json` (RFC 9457) with a stable `type` slug, and for bad fields `errors`."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.faults import field_of, words
from chassis.telemetry import correlation
from contracts.refusals import Fault, Invalid, NotSignedIn, NotThere, Refused, Text

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: ("bad_request", "The request cannot be read"),
    401: ("not_signed_in", "Sign in first"),
    403: ("forbidden", "This is not yours to do"),
    404: ("not_found", "There is no such thing here"),
    405: ("method_not_allowed", "This address does not do that"),
    409: ("conflict", "Not in this state"),
    413: ("too_large", "The body is too large"),
    412: ("changed_meanwhile", "It was changed meanwhile"),
    415: ("wrong_type", "This media type is not accepted here"),
    421: ("misdirected", "This host is not ours"),
    422: ("invalid", "Some fields need another value"),
    429: ("too_often", "Too many requests"),
    500: ("unexpected", "Something went wrong here"),
    502: ("bad_gateway", "Another service gave an answer that cannot be used"),
    503: ("unavailable", "Not available at the moment"),
}


RefusalPage = Callable[[Request, Refused, int], Awaitable[Response]]
"""How a refusal is shown to a person, with its status."""


class FieldError(BaseModel):
    """What is wrong with one field, and the remedy."""

    field: str
    message: str


class Problem(BaseModel):
    """A refusal as it is answered (RFC 9457). `type` is a stable slug; `detail` is for people; `errors` names
    fields."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    correlation_id: UUID | None = None


class Refusal(Exception):
    """A request is refused; `type` is a stable slug, `title` and `detail` are for people."""

    def __init__(
        self,
        status: int,
        type: str,
        title: str,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {type}: {detail or title}")
        self.status, self.type, self.title, self.detail, self.errors, self.headers = (
            status,
            type,
            title,
            detail,
            errors,
            headers,
        )


def _refusal(
    status: int,
    type: str = "",
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> Refusal:
    slug, title = TITLES[status]
    return Refusal(status, type or slug, title, detail, errors, headers)


def not_signed_in(
    detail: str = "Sign in at POST /api/sign-in of intake, then send the access token or the session cookie.",
) -> Refusal:
    """401."""
    return _refusal(401, detail=detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(detail: str) -> Refusal:
    """403."""
    return _refusal(403, detail=detail)


def not_found(detail: str = "It does not exist, or it is not yours to see.") -> Refusal:
    """404."""
    return _refusal(404, detail=detail)


def conflict(type: str, detail: str, errors: Sequence[FieldError] = ()) -> Refusal:
    """409; `detail` says which state it is in and what is possible now."""
    return _refusal(409, type, detail, errors)


def too_large(detail: str) -> Refusal:
    """413."""
    return _refusal(413, detail=detail)


def wrong_type(detail: str) -> Refusal:
    """415."""
    return _refusal(415, detail=detail)


def misdirected() -> Refusal:
    """421: the request names a host that is not one of ours."""
    return _refusal(
        421,
        detail="This service does not answer for the host that the request names. Use an address of the program's own.",
    )


def unavailable() -> Refusal:
    """503: what the answer depends on is away; nothing has changed."""
    return _refusal(
        503,
        detail="Something that this depends on does not answer. Try again in a moment.",
        headers={"Retry-After": "2"},
    )


def invalid(errors: Sequence[FieldError], detail: str = "") -> Refusal:
    """422; each error names its field and the remedy."""
    return _refusal(
        422, detail=detail or "; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors
    )


def too_often(retry_after_seconds: int) -> Refusal:
    """429 with Retry-After."""
    return _refusal(
        429, detail=f"Try again in {retry_after_seconds} seconds.", headers={"Retry-After": str(retry_after_seconds)}
    )


def problem(refusal: Refusal) -> JSONResponse:
    """The response for a refusal; it carries the correlation id."""
    body = Problem(
        type=refusal.type,
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail or refusal.title,
        errors=list(refusal.errors) or None,
        correlation_id=correlation.get(),
    )
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True),
        status_code=refusal.status,
        headers=refusal.headers,
        media_type=MEDIA_TYPE,
    )


async def respond(request: Request, refusal: Refusal, refused: Refused | None = None) -> Response:
    """A refusal as who asked reads it: a page for who accepts HTML, else problem+json."""
    page: RefusalPage | None = getattr(request.app.state, "refusal_page", None)
    if page is None or "text/html" not in request.headers.get("accept", ""):
        return problem(refusal)
    return await page(request, refused or _for_people(refusal), refusal.status)


def _for_people(refusal: Refusal) -> Refused:
    text = Text("%(detail)s", detail=refusal.detail or refusal.title)
    if refusal.status == NotSignedIn.status:
        return NotSignedIn(text)
    faults = [Fault(one.field, Text("%(message)s", message=one.message)) for one in refusal.errors]
    return Invalid(*faults, text=text) if faults else NotThere(text, type=refusal.type)


async def on_refused(request: Request, error: Exception) -> Response:
    """FastAPI's handler of what a domain refuses."""
    assert isinstance(error, Refused)
    slug, title = TITLES[error.status]
    errors = [FieldError(field=fault.field, message=str(fault.text)) for fault in error.faults]
    wait = error.retry_after_seconds
    headers = None if wait is None else {"Retry-After": str(wait)}
    refusal = Refusal(error.status, error.type or slug, title, str(error.text), errors, headers)
    return await respond(request, refusal, error)


async def on_refusal(request: Request, error: Exception) -> Response:
    """FastAPI's handler of Refusal."""
    assert isinstance(error, Refusal)
    return await respond(request, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """FastAPI's handler of the framework's own refusals."""
    assert isinstance(error, HTTPException)
    slug, title = TITLES.get(error.status_code, ("refused", "The request was refused"))
    detail = error.detail if isinstance(error.detail, str) and error.detail.lower() != title.lower() else ""
    return await respond(
        request, Refusal(error.status_code, slug, title, detail, headers=dict(error.headers) if error.headers else None)
    )


async def on_validation_error(request: Request, error: Exception) -> Response:
    """FastAPI's handler of bodies and parameters that do not fit: 422 with each field; a body that is no JSON at all
    likewise."""
    assert isinstance(error, RequestValidationError)
    errors = [FieldError(field=field_of(fault), message=words(fault)) for fault in error.errors()]
    return await respond(request, invalid(errors))


def unexpected() -> Refusal:
    """500: nothing of the inside is told."""
    return _refusal(500, detail="It is logged under the correlation id; trying again may help.")
