"""The policy, from `program/policy.yaml`: how the program runs, for all credentials."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.catalog import Agreement, Coaching, LetterPolicy, ReviewPolicy
from contracts.claims import Money

Days = Annotated[int, Field(ge=1, le=3650)]


class Defaults(BaseModel):
    """Values for credentials whose files do not give them. `gap_at_most`: see `CredentialDefinition`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fee: Money
    gap_at_most: Annotated[int, Field(ge=1, le=5)]
    agreement: Agreement
    research_consent: Agreement | None = None
    review: ReviewPolicy
    coaching: Coaching = Coaching()
    letters: LetterPolicy = LetterPolicy()


class PlannedPeriod(BaseModel):
    """An enrollment period, from its first day to the end of its last day. `key` stays the same when the file
    changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    first_day: date
    last_day: date


class Policy(BaseModel):
    """The policy of the program.

    * `enrollment`: rolling (a person may start and submit at any time), or periods (a person starts at any time within
      a period and submits within the same one).
    * `time_zone`: the IANA name of the zone in which days are counted.
    * `warn_days`: an applicant is warned so many days before the end of the last day.
    * `renewal_fee`: the price of being carried over to the next period.
    * `purge_lapsed_after_days`: so many days after an application lapsed, its texts and files are deleted. Without it
      they are kept.
    * `lapse_silent_after_days`: a rolling application in which nothing happened for so many days gets a last deadline.
      Without it no such application lapses.
    * `forget_contacts_after_days`: so many days after the first request for a sign-in link to an address, the address
      is erased if nobody has used a link. Without it, it is kept.
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
