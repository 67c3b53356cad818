"""A view as JSON."""

from typing import Any

import orjson
from fastapi.responses import Response


def shown(view: Any, status: int = 200) -> Response:
    """A JSON response; times in RFC 3339."""
    return Response(orjson.dumps(view), status_code=status, media_type="application/json")
