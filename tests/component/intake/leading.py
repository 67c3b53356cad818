"""Staff who lead cohorts, and applicants who join them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.component.intake.test_staff import staff_of
from tests.component.intake.walker import Applicant, Walker

COHORTS = "/api/staff/cohorts"
COHORT = {
    "name": "Spring weavers",
    "description": "We read the rubric together.",
    "credentials": ["weaving"],
    "capacity": 2,
    "facilitators": [{"name": "Rosa Ruiz"}, {"name": "Kim Lee"}],
    "time_zone": "America/New_York",
}
LINK = "https://meet.example/secret-room"


async def draft(intake: Walker, staff: Applicant, **changed: Any) -> str:
    """A cohort with one session in a week; its API."""
    made = await intake.call(staff, "POST", COHORTS, 201, json=COHORT | changed)
    path = f"{COHORTS}/{made['cohort_id']}"
    await add_session(intake, staff, path)
    return path


async def add_session(intake: Walker, staff: Applicant, path: str, *, days: float = 7, **changed: Any) -> str:
    """One more session; its id."""
    starts_at = (intake.one.clock() + timedelta(days=days)).isoformat()
    session = {"title": f"After {days} days", "starts_at": starts_at, "minutes": 90, "link": LINK}
    before = {one["session_id"] for one in (await intake.call(staff, "GET", path, 200))["sessions"]}
    made = await intake.call(staff, "POST", f"{path}/sessions", 201, json=session | changed)
    return next(one["session_id"] for one in made["sessions"] if one["session_id"] not in before)


async def opened(intake: Walker, **changed: Any) -> tuple[Applicant, str, UUID]:
    """Somebody of the staff, an open cohort's API, and its id."""
    staff = await staff_of(intake, "staff")
    path = await draft(intake, staff, **changed)
    await intake.call(staff, "POST", f"{path}/opening", 200)
    return staff, path, UUID(path.rpartition("/")[2])


async def applied(intake: Walker, name: str, credential: str = "weaving") -> tuple[Applicant, str]:
    """Somebody, and their application's API."""
    who = await intake.sign_in(f"{name}@example.org")
    return who, await intake.start(who, credential)


async def joined(intake: Walker, name: str, cohort_id: UUID) -> tuple[Applicant, str]:
    """Somebody who joined a cohort, and their application's API."""
    who, path = await applied(intake, name)
    await intake.call(who, "PUT", f"{path}/cohort", 200, json={"cohort_id": str(cohort_id)})
    return who, path


async def place(intake: Walker, who: Applicant, path: str) -> tuple[str, int | None] | None:
    """What place an application has, and where on the waiting list."""
    found = (await intake.call(who, "GET", path, 200)).get("cohort")
    return None if found is None else (found["place"], found.get("position"))
