"""Refusals in Stripe's shape (https://docs.stripe.com/api/errors)."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class Refusal(Exception):
    """An answer with `{"error": {...}}`.

    `saved`: whether an idempotency key keeps this answer. Stripe keeps answers of an endpoint that ran, and no refusal
    from before that (parameters, key, a request still under way).
    """

    message: str
    status: int = 400
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    saved: bool = False

    def body(self, request_id: str) -> Json:
        error: Json = {"type": self.type, "message": self.message}
        if self.code:
            error |= {
                "code": self.code,
                "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}",
            }
        if self.param:
            error["param"] = self.param
        return {"error": error | {"request_log_url": f"/sandbox/requests#{request_id}"}}


def missing_object(kind: str, object_id: str, param: str) -> Refusal:
    return Refusal(f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param, saved=True)


def unknown_address(method: str, path: str) -> Refusal:
    return Refusal(
        f"Unrecognized request URL ({method}: {path}). This sandbox has only the part"
        " of Stripe's API that microcred calls.",
        status=404,
    )


def bad_key(given: str | None) -> Refusal:
    if not given:
        return Refusal(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    shown = given[:8] + "*" * max(0, len(given) - 12) + given[-4:] if len(given) > 12 else "*" * len(given)
    return Refusal(
        f"Invalid API Key provided: {shown}. The sandbox takes any key that begins with sk_test_.", status=401
    )
