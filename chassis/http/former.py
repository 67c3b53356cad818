"""To be deleted: refusals and idempotency from before `contracts.refusals` and `answer_once`, for services that are not
converted yet."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import Request
from fastapi.responses import JSONResponse

from chassis.database.transaction import Tx
from chassis.http.api import edge
from chassis.http.idempotency import Answer, claimed, json_of
from chassis.http.refusals import NO_SUCH_THING, TITLES, FieldError
from contracts.refusals import Fault, Refused, Text


class Refusal(Refused):
    """A refusal with the status and the words of its place."""

    def __init__(
        self,
        status: int,
        type: str,
        title: str,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        wait = None if headers is None or "Retry-After" not in headers else int(headers["Retry-After"])
        super().__init__(
            Text("%(words)s", words=detail or title),
            type=type,
            title=Text("%(words)s", words=title),
            faults=[Fault(one.field, Text("%(words)s", words=one.message)) for one in errors],
            retry_after_seconds=wait,
        )
        self.status = status  # type: ignore[misc]
        self.detail, self.errors, self.headers = detail, errors, headers


def _refusal(status: int, type: str = "", detail: str = "", errors: Sequence[FieldError] = ()) -> Refusal:
    slug, title = TITLES[status]
    return Refusal(status, type or slug, str(title), detail, errors)


def forbidden(detail: str) -> Refusal:
    """403."""
    return _refusal(403, detail=detail)


def not_found(detail: str = str(NO_SUCH_THING)) -> Refusal:
    """404."""
    return _refusal(404, detail=detail)


def conflict(type: str, detail: str, errors: Sequence[FieldError] = ()) -> Refusal:
    """409."""
    return _refusal(409, type, detail, errors)


def too_large(detail: str) -> Refusal:
    """413."""
    return _refusal(413, detail=detail)


def wrong_type(detail: str) -> Refusal:
    """415."""
    return _refusal(415, detail=detail)


def invalid(errors: Sequence[FieldError], detail: str = "") -> Refusal:
    """422."""
    return _refusal(
        422, detail=detail or "; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors
    )


def too_often(retry_after_seconds: int) -> Refusal:
    """429."""
    slug, title = TITLES[429]
    wait = {"Retry-After": str(retry_after_seconds)}
    return Refusal(429, slug, str(title), f"Try again in {retry_after_seconds} seconds.", headers=wait)


async def settle_once(request: Request, who: object, work: Callable[[Tx], Awaitable[Answer]]) -> JSONResponse:
    """`answer_once` with `Database.settle`."""
    if "Idempotency-Key" not in request.headers:
        return json_of(await edge(request).settle(work))
    async with edge(request).transaction() as tx:
        return await claimed(tx, request, who, work)


async def once(tx: Tx, request: Request, who: object, work: Callable[[], Awaitable[Answer]]) -> JSONResponse:
    """`answer_once` in a transaction of the caller's."""

    async def working(_: Tx) -> Answer:
        return await work()

    if "Idempotency-Key" not in request.headers:
        return json_of(await work())
    return await claimed(tx, request, who, working)
