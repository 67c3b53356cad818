"""The quota: how much one application may hold in all. A replacement counts instead of the thing that it replaces."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.refusals import Fault, Text, TooLarge
from contracts.sizes import said
from services.intake.domain.materials import Handed

_SHOWN = 5
SEND_LESS = Text("Send less.")


@dataclass(frozen=True, slots=True)
class Room:
    """The room in one application: what it holds without the thing that would be replaced, and the most that it may
    hold; in bytes."""

    holds: tuple[Handed, ...]
    most: int

    def check(self, more: int, field: str = "file") -> None:
        """Refuses more bytes than there is room for, and says which materials take up how much.

        `field` is the field that holds them.
        """
        used = sum(size(handed) for handed in self.holds)
        if used + more <= self.most:
            return
        largest = sorted(self.holds, key=size, reverse=True)[:_SHOWN]
        named = ", ".join(f"{handed.requirement}{_which(handed)} ({said(size(handed))})" for handed in largest)
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


def room(handed: Sequence[Handed], replaced: Sequence[Handed], most: int) -> Room:
    """The room for a material that takes the place of `replaced`."""
    return Room(tuple(one for one in handed if one not in replaced), most)


def size(handed: Handed) -> int:
    """The size of a material, in bytes."""
    return handed.content.size + (handed.annotation.size if handed.annotation is not None else 0)


def _which(handed: Handed) -> str:
    return "" if handed.artifact_id is None else f" {handed.artifact_id}"
