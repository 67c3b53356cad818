"""The picture of a credential, drawn from its parts: each group is a ring of circles, and each item a circle. Where
circles cross, the colour changes."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from math import cos, pi, sin

HUES = ("spruce", "ochre", "indigo", "plum", "moss", "brick")
"""The colours of credentials (`data-hue` in the style sheet). A credential that is not open is slate."""

MARK = (10,)
"""The program's own mark: a ring of ten."""

_REACH = (1.0, 0.62, 0.3)
"""The radius of each group's ring, as a part of the whole."""


def hue_of(slug: str, hue: str = "") -> str:
    """The colour that the program chose for a credential, or else one that is computed from its slug."""
    return hue if hue in HUES else HUES[sha256(slug.encode()).digest()[0] % len(HUES)]


@lru_cache(maxsize=256)
def rosette(groups: Sequence[int], centre: float = 100.0, radius: float = 98.0) -> str:
    """The path of a rosette (SVG, to be filled even-odd) in a square of twice `centre`; `groups` are the numbers of
    items.

    A first group of fewer than eight items is repeated until it has eight circles, so that no picture is too plain.
    Without items it is the program's mark.
    """
    counts = [count for count in groups if count > 0] or list(MARK)
    total = sum(counts)
    parts = []
    for index, count in enumerate(counts):
        circles = count * -(-8 // count) if index == 0 and count < 8 else count
        reach = radius * _REACH[min(index, 2)]
        if circles == 1:
            parts.append(_circle(centre, centre, reach))
            continue
        r = reach * (0.5 if total < 6 else 0.475)
        for k in range(circles):
            angle = 2 * pi * k / circles - pi / 2
            parts.append(_circle(centre + (reach - r) * cos(angle), centre + (reach - r) * sin(angle), r))
    return "".join(parts)


def _circle(x: float, y: float, r: float) -> str:
    return (
        f"M{_short(x - r)} {_short(y)}a{_short(r)} {_short(r)} 0 1 0 {_short(2 * r)}"
        f" 0a{_short(r)} {_short(r)} 0 1 0 {_short(-2 * r)} 0Z"
    )


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
