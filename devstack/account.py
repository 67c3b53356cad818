"""The account of a run: comparisons of what is expected with what is there."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

_SHOWN = 5

Things = Counter[Any]
"""Things to compare: each thing, and how often it is there."""


@dataclass(frozen=True)
class Line:
    """One comparison."""

    what: str
    went_in: Things
    came_out: Things

    @property
    def lost(self) -> Things:
        """What is expected and missing."""
        return self.went_in - self.came_out

    @property
    def too_many(self) -> Things:
        """What is not expected, or is there too often."""
        return self.came_out - self.went_in


@dataclass
class Account:
    """All comparisons. `records` and `mails` count those that came twice. They may, with the same id and content, or
    the same Message-ID."""

    lines: list[Line] = field(default_factory=list)
    records: int = 0
    mails: int = 0

    def compare(self, what: str, went_in: Iterable[Hashable], came_out: Iterable[Hashable]) -> None:
        """Add a comparison. Things may be there several times."""
        self.lines.append(Line(what, Counter(went_in), Counter(came_out)))

    def differences(self) -> list[str]:
        """A sentence for each line that is not equal. Empty: everything is as expected."""
        return [
            f"{line.what}: {count.total()} {how}, such as {'; '.join(str(thing) for thing in islice(count, _SHOWN))}"
            for line in self.lines
            for how, count in (("lost", line.lost), ("too many", line.too_many))
            if count
        ]
