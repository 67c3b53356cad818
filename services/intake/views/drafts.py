"""A text that is being written."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.views import Maybe, View


class Draft(View):
    """The newest words of a text: those of the draft, else what is handed in, else none.

    `draft`: they are not handed in. Where they cannot be read, words say so in their place and in `unreadable`.
    """

    requirement: str
    draft: bool
    text: str
    words: int
    items: Maybe[Sequence[str]] = None
    saved_at: Maybe[datetime] = None
    unreadable: Maybe[str] = None


class Saved(View):
    """A draft that was saved: how many words it has, and when it was saved."""

    requirement: str
    words: int
    saved_at: datetime
