"""Files as pictures that we make: a page of a PDF document, an image. The original is never displayed, only saved.

The file is opened in a process of its own, with limits of time, memory and pixels.
"""

import asyncio
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from chassis.objects import ObjectStore
from contracts.claims import ObjectClaim
from services.intake.measuring import run

CHILD = Path(__file__).parent / "confined" / "pictures.py"
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that have pictures."""
LARGEST_BYTES = 64 * 1024 * 1024
AT_ONCE, REMEMBERED = 2, 24
FIRST = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as PNG, empty if it cannot be drawn, and the number of pages, 0 if it is not known."""

    png: bytes
    pages: int


class Picturer:
    """Makes a few pictures at once, and keeps the last ones."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._made: OrderedDict[tuple[str, int], Picture] = OrderedDict()

    async def page(self, content: ObjectClaim, number: int) -> Picture | None:
        """A page of a file. None if there is no such page, or the file has no pictures (`shown`). Raises Gone, Corrupt,
        StoreFailed."""
        if not shown(content):
            return None
        place = (content.name, number)
        async with self._turns:
            if place in self._made:
                self._made.move_to_end(place)
                return self._made[place]
            with tempfile.TemporaryDirectory(prefix="picture-") as folder:
                file = Path(folder) / "file"
                with file.open("wb") as copy:
                    async for piece in await self._objects.stream(content):
                        await asyncio.to_thread(copy.write, piece)
                said, _, png = (await run(str(CHILD), str(file), str(number))).partition(b"\n")
            pages = int(said) if said.isdigit() else 0
            if pages and number > pages:
                return None
            if not png:
                return Picture(b"", pages)
            made = self._made[place] = Picture(png, pages)
            while len(self._made) > REMEMBERED:
                self._made.popitem(last=False)
            return made


def shown(content: ObjectClaim) -> bool:
    """Whether a file can have pictures."""
    return content.media_type in SHOWN and content.size <= LARGEST_BYTES
