"""Conditional requests (RFC 9110, 13.1): a client cannot overwrite a state that it has not seen."""

from fastapi import Request
from starlette.responses import Response

from contracts.editions import ANYTHING


def seen(request: Request, nothing: str) -> frozenset[str] | None:
    """The tags that the client has seen, by `If-Match` and `If-None-Match: *`; None without these headers.

    `nothing` is the tag of a thing that does not exist. The result has ANYTHING if the client says only that something
    exists.
    """
    if request.headers.get("if-none-match", "").strip() == ANYTHING:
        return frozenset([nothing])
    tags = request.headers.get("if-match")
    if tags is None:
        return None
    return frozenset(one.strip().strip('"') or "-" for one in tags.split(","))


def tagged(response: Response, tag: str) -> Response:
    """The response, with the tag of its content."""
    response.headers["ETag"] = f'"{tag}"'
    return response
