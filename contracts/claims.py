"""Parts that several events share: money, and the claim of a text or file that people wrote."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.event import Payload


class Money(Payload):
    """An amount in the smallest unit of its currency: 6000 usd is 60 dollars."""

    amount_minor: Annotated[int, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")] = "usd"


class ObjectClaim(Payload):
    """The place of a file or a free text in the object store, never the content itself (the claim check pattern).

    `name` is `<writing service>/<person the text is about>/<random>`. An object is written once and never overwritten,
    and no API shows its name. A reader must expect that an object is gone because its person was erased.
    """

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    media_type: str


Outcome = Literal["awarded", "not_yet"]
"""What a panel decides (closed set)."""
