"""An intake with enrollment periods (`program_of_periods`), and the days of its program."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database.pool import Database
from contracts.claims import Money
from contracts.events.payments import FeePaid
from tests.component.conftest import StartService
from tests.component.intake.walker import Applicant, Walker

PROGRAM_OF_PERIODS = Path(__file__).parent / "program_of_periods"
NEW_YORK = ZoneInfo("America/New_York")
SETTINGS = {
    "first_admin_email": "admin@example.org",
    "sign_in_per_address": "10000 per minute",
    "sign_in_per_client": "10000 per minute",
}


def at(month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A time of 2027 in the program's zone."""
    return datetime(2027, month, day, hour, minute, second, tzinfo=NEW_YORK).astimezone(UTC)


async def enrolling(service: StartService, program: Path = PROGRAM_OF_PERIODS) -> Walker:
    """A started intake with periods: spring to April 30, summer from May 17 to August 31. It is March 1."""
    intake = Walker(await service("intake", program_dir=program, **SETTINGS))
    intake.one.clock.now = at(3, 1)
    return intake


def still(intake: Walker, who: Applicant) -> Applicant:
    """The same person, signed in now: the clock was moved past the end of their session."""
    return replace(who, headers=intake.one.session_for(who.person_id))


async def tick(intake: Walker, now: datetime | None = None) -> None:
    """The clock looks at what is due."""
    if now is not None:
        intake.one.clock.now = now
    await intake.one.run_job("clock")


async def pay_renewal(intake: Walker, who: Applicant, application_id: UUID, renewal_id: UUID) -> None:
    """The fee of a renewal is paid."""
    fee = {"purpose": "renewal", "fee_id": renewal_id, "amount": Money(amount_minor=6000)}
    await intake.one.deliver(
        FeePaid.model_validate({"application_id": application_id, "person_id": who.person_id, **fee})
    )


async def terms(database: Database) -> int:
    """How many applications have a term."""
    return int(await database.pool.fetchval("SELECT count(*) FROM terms"))
