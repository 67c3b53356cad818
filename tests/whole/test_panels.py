"""The demo's people can be the panel of an applicant of any institution. Only for the institution of the one chair
there is no chair."""

from typing import Any

import pytest

from devstack.journey import FUNDAMENTALS
from devstack.seed import INSTITUTIONS, seed
from devstack.walk import Walk
from tests.system.whole import Whole

pytestmark = pytest.mark.timeout(300)

CHAIR = "chair@example.org"
REVIEWERS = sorted(email for email in INSTITUTIONS if email != CHAIR)


async def submitted(whole: Whole, name: str, institution: str) -> Walk:
    walk = Walk(await whole.world.sign_in(f"{name}@example.org", name.title()), FUNDAMENTALS, institution)
    await walk.start()
    await walk.pay()
    await walk.assess()
    await walk.hand_in()
    await walk.submit()
    return walk


async def panel(whole: Whole, walk: Walk) -> list[tuple[str, str]]:
    """Role and e-mail of everybody on the panel, once it is full."""
    chair = whole.people[CHAIR]

    async def look() -> Any:
        answer = await whole.world.request(
            "GET", "review", f"/api/review/cases/{walk.application_id}", token=chair.token
        )
        return answer.body if answer.status == 200 and answer.body["state"] != "assigning" else None

    case = await whole.world.until("the panel", look)
    return sorted((seat["role"], whole.world.people[seat["person_id"]].email) for seat in case["panel"])


def test_everybody_who_judges_comes_from_elsewhere() -> None:
    assert [f"reviewer-{number}@example.org" for number in range(1, 5)] == REVIEWERS
    assert len(set(INSTITUTIONS.values())) == len(INSTITUTIONS) == 5
    assert "Example College" not in INSTITUTIONS.values()  # which the tour names


@pytest.mark.parametrize("email", REVIEWERS)
async def test_an_applicant_of_a_reviewers_institution_is_judged_by_two_others(whole: Whole, email: str) -> None:
    walk = await submitted(whole, f"colleague-of-{email.partition('@')[0]}", f"the  {INSTITUTIONS[email].upper()}")
    roles = await panel(whole, walk)
    assert [role for role, _ in roles] == ["chair", "reviewer", "reviewer"]
    assert email not in [person for _, person in roles]
    await walk.judge(whole.people[CHAIR])
    await walk.receive()


async def test_seeding_again_brings_the_institutions_in(whole: Whole) -> None:
    """A stack that an earlier version seeded has all of them from one."""
    profiles = {}
    for email in INSTITUTIONS:
        shown = await whole.people[email].do("GET", "review", "/api/review/me")
        profiles[email] = {
            "credentials": shown["credentials"],
            "capacity": shown["capacity"],
            "institution": "Example University",
        }
        profiles[email]["agreement"] = {"accepted": True, "version": shown["agreement"]["version"]}
        await whole.people[email].do("PUT", "review", "/api/review/me", json=profiles[email])
    await seed(whole.world)
    found = {
        email: (await whole.people[email].do("GET", "review", "/api/review/me"))["institution"]
        for email in INSTITUTIONS
    }
    assert found == INSTITUTIONS
