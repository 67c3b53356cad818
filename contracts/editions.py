"""Editions: whether a thing is still as a person saw it when they changed it. Two browser tabs never overwrite each
other silently."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from contracts.refusals import ChangedMeanwhile, Text

ANYTHING = "*"
"""The mark for "something existed", whatever it was."""

Kept = Mapping[str, Any] | None
"""The stored value of one thing that a person edits, as the API shows it. None if there is none yet."""


def edition(kept: Kept) -> str:
    """A short name for exactly this content."""
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def check(seen: frozenset[str] | None, kept: Kept, wanted: Kept) -> None:
    """Refuses a change by a client that saw other editions (`seen`; None if it does not say), unless the change has no
    effect."""
    if seen is None or edition(kept) in seen or (kept is not None and ANYTHING in seen) or wanted == kept:
        return
    raise ChangedMeanwhile(
        Text(
            "This was changed since you opened it, in another tab or on another device. Nothing was overwritten."
            " The saved state is shown below; to replace it with yours, save again."
        ),
        current=kept or {},
    )
