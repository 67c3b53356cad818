"""Whether who asks is a person with a browser or a program, told by the `Accept` header (RFC 9110, 12.5.1)."""

from functools import lru_cache

_JSON = ("application/json", "application/problem+json")


@lru_cache(maxsize=256)
def prefers_html(accept: str | None) -> bool:
    """Whether HTML is wanted more than JSON. Who says nothing, or takes everything alike, is a program."""
    if not accept:
        return False
    ranges = [_range(one) for one in accept.split(",")]
    return _quality(ranges, "text/html") > max(_quality(ranges, kind) for kind in _JSON)


def _range(text: str) -> tuple[str, float]:
    """A media range and how much it is wanted, 0 to 1; one that cannot be read counts for nothing."""
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
    """How much a media type is wanted: the range that names it most closely says so."""
    for name in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        found = [quality for given, quality in ranges if given == name]
        if found:
            return max(found)
    return 0.0
