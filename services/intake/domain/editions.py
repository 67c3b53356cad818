"""Whether something is still as a person saw it when they changed it: two tabs never overwrite each other silently."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from contracts.refusals import ChangedMeanwhile, Text

ANYTHING = "*"
"""Among what somebody saw: that there was something, whatever it was."""

Kept = Mapping[str, Any] | None
"""What is kept of one thing that a person edits, as the API shows it; None if there is nothing yet."""


def edition(kept: Kept) -> str:
    """A short name for exactly this content."""
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def check(seen: frozenset[str] | None, kept: Kept, wanted: Kept) -> None:
    """Refuses a change by who saw other editions (`seen`; None if they do not say), unless it changes nothing."""
    if seen is None or edition(kept) in seen or (kept is not None and ANYTHING in seen) or wanted == kept:
        return
    raise ChangedMeanwhile(
        Text(
            "This was changed since you opened it, in another tab or on another device. Nothing was overwritten."
            " What is kept now stands below; save again if yours shall take its place."
        ),
        current=kept or {},
    )
