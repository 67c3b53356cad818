"""A view as JSON."""

from fastapi.responses import Response

from services.intake.views import View


def shown(view: View, status: int = 200) -> Response:
    """A JSON response; times in RFC 3339."""
    return Response(view.model_dump_json(), status_code=status, media_type="application/json")
