"""How the program runs, for all credentials: `program/policy.yaml`."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.catalog import Agreement, Coaching, LetterPolicy, ReviewPolicy
from contracts.claims import Money

Days = Annotated[int, Field(ge=1, le=3650)]


class Defaults(BaseModel):
    """What a credential's file need not say. `gap_at_most`: see `CredentialDefinition`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fee: Money
    gap_at_most: Annotated[int, Field(ge=1, le=5)]
    agreement: Agreement
    research_consent: Agreement | None = None
    review: ReviewPolicy
    coaching: Coaching = Coaching()
    letters: LetterPolicy = LetterPolicy()


class PlannedPeriod(BaseModel):
    """An enrollment period, from its first day to the end of its last. `key` names it from one edition of the file to
    the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    first_day: date
    last_day: date


class Policy(BaseModel):
    """The program's switches.

    `enrollment`: rolling (a person may start and submit at any time), or periods (start any time within one, submit
    within the same one). `time_zone`: the IANA name of the zone whose days count. `warn_days`: so many days before the
    end of the last day an applicant is warned. `renewal_fee`: what it costs to be carried over to the next period.
    `purge_lapsed_after_days`: so long after an application lapsed, what its applicant handed in is deleted; without it
    that is kept. `lapse_silent_after_days`: a rolling application in which nothing happened for so long gets a last
    deadline; without it none lapses. `forget_contacts_after_days`: so long after somebody first asked for a sign-in
    link to an address, the address is erased if nobody has used a link; without it that is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enrollment: Literal["rolling", "periods"]
    time_zone: str = "UTC"
    periods: tuple[PlannedPeriod, ...] = ()
    warn_days: Annotated[tuple[Days, ...], Field(max_length=20)] = (30, 7, 1)
    renewal_fee: Money = Money(amount_minor=6000)
    purge_lapsed_after_days: Days | None = 180
    lapse_silent_after_days: Days | None = None
    forget_contacts_after_days: Days | None = 30
    defaults: Defaults
