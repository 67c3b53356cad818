"""What people and programs are shown of what `intake` keeps (API.md): one typed model for each thing, for routes and
pages alike. No object's name and no internal version is in any of them."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


def _nothing(value: object) -> bool:
    return value is None


Maybe = Annotated[T | None, Field(exclude_if=_nothing)]
"""What is left out of an answer where there is nothing of it. Give it the default None."""


class View(BaseModel):
    """A thing as it is shown."""

    model_config = ConfigDict(frozen=True)

    def fields(self) -> dict[str, Any]:
        """What is answered: times, ids and days are still what they are."""
        return self.model_dump()


class Items(View, Generic[T]):
    """One page of a list; `next` is the cursor of the one after it."""

    items: Sequence[T]
    next: str | None = None
