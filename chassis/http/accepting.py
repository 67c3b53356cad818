"""Whether a browser or a program asks, judged by the `Accept` header (RFC 9110, 12.5.1)."""

from functools import lru_cache

_JSON = ("application/json", "application/problem+json")


@lru_cache(maxsize=256)
def prefers_html(accept: str | None) -> bool:
    """Whether HTML is wanted more than JSON. A request without preference counts as a program's."""
    if not accept:
        return False
    ranges = [_range(one) for one in accept.split(",")]
    return _quality(ranges, "text/html") > max(_quality(ranges, kind) for kind in _JSON)


def _range(text: str) -> tuple[str, float]:
    """A media range and its weight, 0 to 1. One that cannot be read has weight 0."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return kind, 0.0
            return kind, quality if 0 <= quality <= 1 else 0.0
    return kind, 1.0


def _quality(ranges: list[tuple[str, float]], kind: str) -> float:
    """The weight of a media type: that of the most specific range that fits it."""
    for name in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        found = [quality for given, quality in ranges if given == name]
        if found:
            return max(found)
    return 0.0
