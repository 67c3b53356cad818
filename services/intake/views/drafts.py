"""A text that is being written."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain import drafts as rules
from services.intake.store.applications import Loaded
from services.intake.views import Maybe, View


class Draft(View):
    """The newest words of a text: those of the draft, else what is handed in, else none.

    `draft`: they are not handed in. If they cannot be read, words stand instead of them and in `unreadable`.
    """

    requirement: str
    draft: bool
    text: str
    words: int
    items: Maybe[Sequence[str]] = None
    saved_at: Maybe[datetime] = None
    unreadable: Maybe[str] = None


class Saved(View):
    """A draft that was saved: its number of words, and when it was saved."""

    requirement: str
    words: int
    saved_at: datetime


class NotHandedIn(Saved):
    """A draft that the panel does not see unless it is handed in. `kind` and `name` are those of the requirement.
    `handed_in`: the number of materials that are handed in for it; they are judged without the draft."""

    name: str
    kind: str
    handed_in: int


def not_handed_in(loaded: Loaded) -> list[NotHandedIn]:
    """The drafts of an application that the panel would not see if it were submitted now."""
    found = rules.not_handed_in(loaded.application, loaded.definition, loaded.handed, loaded.drafts)
    return [
        NotHandedIn(
            requirement=one.requirement.key,
            name=one.requirement.name,
            kind=one.requirement.kind,
            words=one.draft.words,
            saved_at=one.draft.saved_at,
            handed_in=one.handed_in,
        )
        for one in found
    ]
