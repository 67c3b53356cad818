"""The quota: how much one application may hold in all, drafts included. A replacement counts instead of the thing that
it replaces."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.refusals import Fault, Listed, Text, TooLarge
from contracts.sizes import said
from services.intake.domain.drafts import Draft
from services.intake.domain.materials import Handed

_SHOWN = 5
SEND_LESS = Text("Send less.")

Held = Handed | Draft
"""Something that takes up room: a material, or a draft that is not handed in."""


@dataclass(frozen=True, slots=True)
class Room:
    """The room in one application: what it holds without the thing that would be replaced, and the most that it may
    hold; in bytes."""

    holds: tuple[Held, ...]
    most: int

    def check(self, more: int, field: str = "file") -> None:
        """Refuses more bytes than there is room for, and says which materials take up how much.

        `field` is the field that holds them.
        """
        used = sum(size(held) for held in self.holds)
        if used + more <= self.most:
            return
        largest = sorted(self.holds, key=size, reverse=True)[:_SHOWN]
        named = Listed(_named(held) for held in largest)
        remedy = Text("Remove something first; the largest: %(largest)s.", largest=named) if largest else SEND_LESS
        left = said(max(0, self.most - used))
        raise TooLarge(
            Text(
                "One application holds at most %(most)s. This application holds %(used)s already, and you sent"
                " %(more)s or more. %(remedy)s",
                most=said(self.most),
                used=said(used),
                more=said(more),
                remedy=remedy,
            ),
            type="quota",
            title=Text("The application is full"),
            faults=[Fault(field, Text("at most %(left)s more; remove what you need no longer", left=left))],
        )

    def take(self, handed: Handed) -> None:
        """`check` for a whole material."""
        link = handed.content.media_type == "application/json"
        field = "text" if handed.words is not None else "url" if link else "file"
        self.check(size(handed), field)


def room(held: Sequence[Held], replaced: Sequence[Held], most: int) -> Room:
    """The room for something that takes the place of `replaced`."""
    return Room(tuple(one for one in held if one not in replaced), most)


def size(held: Held) -> int:
    """The size of a material or a draft, in bytes."""
    annotation = held.annotation if isinstance(held, Handed) else None
    return held.content.size + (annotation.size if annotation is not None else 0)


def _named(held: Held) -> Text | str:
    if isinstance(held, Draft):
        return Text("the draft of %(requirement)s (%(size)s)", requirement=held.requirement, size=said(size(held)))
    which = "" if held.artifact_id is None else f" {held.artifact_id}"
    return f"{held.requirement}{which} ({said(size(held))})"
