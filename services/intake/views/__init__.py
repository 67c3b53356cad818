"""Views of what `intake` keeps (API.md): one typed model for each thing, for routes and pages. None has the name of an
object or an internal version."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


def _nothing(value: object) -> bool:
    return value is None


Maybe = Annotated[T | None, Field(exclude_if=_nothing)]
"""A field that is left out of an answer if it has no value. Give it the default None."""


class View(BaseModel):
    """A view of one thing."""

    model_config = ConfigDict(frozen=True)


class Items(View, Generic[T]):
    """One page of a list. `next` is the cursor of the page after it."""

    items: Sequence[T]
    next: str | None = None
