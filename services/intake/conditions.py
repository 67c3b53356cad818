"""On what a change is based, as HTTP says it (RFC 9110, 13.1): nothing is overwritten that its sender has not seen."""

from fastapi import Request
from starlette.responses import Response

ANYTHING = "*"


def seen(request: Request, nothing: str) -> frozenset[str] | None:
    """The tags of what the sender has seen, by `If-Match` and `If-None-Match: *`; None where neither says.

    `nothing` is the tag of what is not there yet. ANYTHING is among them for who saw that there was something.
    """
    if request.headers.get("if-none-match", "").strip() == ANYTHING:
        return frozenset([nothing])
    tags = request.headers.get("if-match")
    if tags is None:
        return None
    return frozenset(one.strip().strip('"') or "-" for one in tags.split(","))


def tagged(response: Response, tag: str) -> Response:
    """The answer, with the tag of what it shows."""
    response.headers["ETag"] = f'"{tag}"'
    return response
