"""HTTP in: the JSON API, by what it is about."""

from typing import Any

import orjson
from fastapi.responses import Response

from chassis.http.former import Refusal, conflict, invalid, not_found, too_often
from chassis.http.refusals import FieldError
from services.intake.domain import refusals as domain


def answer(view: Any, status: int = 200) -> Response:
    """A JSON response; times in RFC 3339."""
    return Response(orjson.dumps(view), status_code=status, media_type="application/json")


def translate(refused: domain.Refused) -> Refusal:
    """How a refusal of the rules is answered over HTTP."""
    errors = [FieldError(field=fault.field, message=fault.message) for fault in refused.faults]
    match refused:
        case domain.NotThere():
            return not_found(refused.detail)
        case domain.Invalid():
            return invalid(errors, refused.detail)
        case domain.TooLarge():
            return Refusal(413, refused.type, "The file is too large", refused.detail, errors)
        case domain.OverQuota():
            return Refusal(413, refused.type, "The application is full", refused.detail, errors)
        case domain.WrongMediaType():
            return Refusal(415, refused.type, "This kind of file is not taken here", refused.detail, errors)
        case domain.LinkNotValid():
            return Refusal(401, refused.type, "This link does not sign you in", refused.detail)
        case domain.TooOften():
            return too_often(refused.retry_after_seconds)
        case _:
            return conflict(refused.type, refused.detail, errors)
