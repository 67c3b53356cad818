"""How the program runs, for all credentials: `program/policy.yaml`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.catalog import Agreement, LetterPolicy, ReviewPolicy
from contracts.claims import Money


class Defaults(BaseModel):
    """What a credential's file need not say. `gap_at_most`: see `CredentialDefinition`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fee: Money
    gap_at_most: Annotated[int, Field(ge=1, le=5)]
    agreement: Agreement
    review: ReviewPolicy
    letters: LetterPolicy = LetterPolicy()


class Policy(BaseModel):
    """The program's switches. `enrollment`: rolling (a person may start and submit at any time); this build knows no
    periods."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enrollment: Literal["rolling"]
    defaults: Defaults
