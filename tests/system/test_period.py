"""A period on the whole system with the devstack's clock: a warning, a renewal with its fee, a lapse, a purge."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devstack.journey import FUNDAMENTALS
from devstack.paths import CHECKOUT
from devstack.walk import CARD, Walk
from tests.system.whole import Whole
from tests.whole_fixture import running

pytestmark = pytest.mark.long

ZONE = ZoneInfo("America/New_York")
SPRING_ENDS_IN, SUMMER_ENDS_IN, KEPT_FOR = 10, 40, 20


def program_of_periods(folder: Path) -> Path:
    """The program of this checkout, with two enrollment periods around today."""
    shutil.copytree(CHECKOUT / "program", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    today = datetime.now(UTC).astimezone(ZONE).date()
    days = [today + timedelta(days=n) for n in (-10, SPRING_ENDS_IN, SPRING_ENDS_IN + 1, SUMMER_ENDS_IN)]
    policy = (folder / "policy.yaml").read_text()
    for before, after in (
        ("\nenrollment: rolling\n", "\nenrollment: periods\n"),
        (
            "\nperiods: []\n",
            f"\nperiods:\n  - {{key: spring, name: Spring, first_day: {days[0]}, last_day: {days[1]}}}\n"
            f"  - {{key: summer, name: Summer, first_day: {days[2]}, last_day: {days[3]}}}\n",
        ),
        ("\nwarn_days: [30, 7, 1]\n", "\nwarn_days: [7]\n"),
        ("\npurge_lapsed_after_days: 180\n", f"\npurge_lapsed_after_days: {KEPT_FOR}\n"),
    ):
        assert before in policy
        policy = policy.replace(before, after)
    (folder / "policy.yaml").write_text(policy)
    return folder


@pytest.fixture(scope="module")
async def whole(postgres: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    """A system whose program has periods."""
    with pytest.MonkeyPatch.context() as environment:
        folder = program_of_periods(tmp_path_factory.mktemp("periods") / "program")
        environment.setitem(os.environ, "PROGRAM_DIR", str(folder))
        async with running(postgres, worker_id) as system:
            yield system


async def shift(whole: Whole, days: float) -> None:
    """Move the time of the whole devstack to so many days from now."""
    await whole.world.request("PUT", "stripe", "/sandbox/clock", json={"offset_seconds": days * 86_400}, ok=True)


async def opened(whole: Whole, email: str) -> Walk:
    """An application with everything handed in."""
    walk = Walk(await whole.world.sign_in(email, "Robin Example"), FUNDAMENTALS)
    await walk.start()
    await walk.pay()
    await walk.assess()
    await walk.hand_in()
    return walk


async def again(whole: Whole, walk: Walk) -> None:
    """Sign in once more: the session ran out when the clock was moved."""
    walk.applicant = await whole.world.sign_in(walk.applicant.email, "Robin Example")


async def mailed(whole: Whole, walk: Walk, words: str) -> str:
    """Wait for a mail whose subject has these words: its subject. There is one."""

    async def look() -> list[str]:
        mails = await whole.world.mails(walk.applicant.email)
        return [mail["Subject"] for mail in mails if words in mail["Subject"]]

    (subject,) = await whole.world.until(f"a mail about {words}", look)
    return str(subject)


async def renew(whole: Whole, walk: Walk) -> str:
    """Ask to be carried over, and pay the fee of it on the sandbox's page."""
    asked = await walk.applicant.do("POST", "intake", f"/api/applications/{walk.application_id}/renewal")
    renewal = asked["deadline"]["renewal"]["renewal_id"]
    await walk.applicant.found("payments", f"/api/payments/{renewal}")
    url = (await walk.applicant.do("POST", "payments", f"/api/payments/{renewal}/checkout"))["url"]
    session = url.rpartition("/")[2].partition("?")[0].partition("#")[0]
    await whole.world.request("POST", "stripe", f"/sandbox/sessions/{session}/pay", json={"card": CARD}, ok=True)

    async def carried() -> bool:
        found = await walk.application()
        return bool(found["deadline"]["period"]["name"] == "Summer")

    await whole.world.until("the next period", carried)
    return str(renewal)


async def books(whole: Whole, application_id: str) -> list[str]:
    """The kinds of the entries of an application; each balances."""
    staff = await whole.world.sign_in("staff@example.org")
    items: list[dict[str, Any]] = (await staff.do("GET", "payments", "/api/ledger?limit=200"))["items"]
    mine = [one for one in items if one["application_id"] == application_id]
    sums = [sum(line["debit_minor"] - line["credit_minor"] for line in one["lines"]) for one in mine]
    assert set(sums) == {0}
    return sorted(one["kind"] for one in mine)


def objects(whole: Whole, walk: Walk) -> list[Path]:
    """What intake keeps about the applicant."""
    return sorted((whole.plan.state / "objects" / "intake" / str(walk.applicant.person_id)).glob("*"))


async def test_warned_carried_over_lapsed_and_purged(whole: Whole) -> None:
    stays, goes = await opened(whole, "stays@example.org"), await opened(whole, "goes@example.org")
    assert (await goes.application())["deadline"]["period"]["name"] == "Spring"
    await shift(whole, SPRING_ENDS_IN - 5)
    for walk in (stays, goes):
        assert "is near" in await mailed(whole, walk, "deadline")
        await again(whole, walk)
    await renew(whole, stays)
    assert "later deadline" in await mailed(whole, stays, "later deadline")
    await shift(whole, SPRING_ENDS_IN + 2)
    for walk in (stays, goes):
        await again(whole, walk)
    await goes.until_state("lapsed")
    await mailed(whole, goes, "has lapsed")
    assert (await stays.application())["state"] == "open"
    assert len(objects(whole, goes)) > 0
    await shift(whole, SUMMER_ENDS_IN + KEPT_FOR / 2)
    for walk in (stays, goes):
        await again(whole, walk)
    await stays.until_state("lapsed")

    async def purged() -> bool:
        return not objects(whole, goes)

    await whole.world.until("the purge", purged)
    left = await goes.application()
    assert (left["state"], "basic_information" in left, "self_assessment" in left) == ("lapsed", False, False)
    assert [one.get("materials") for one in left["requirements"]] == [None] * len(left["requirements"])
    assert len(objects(whole, stays)) > 0, "what lapsed ten days ago is kept"
    await shift(whole, SUMMER_ENDS_IN + KEPT_FOR / 2)
    assert await books(whole, stays.application_id) == sorted(["fee_due", "payment", "stripe_fee"] * 2)
    assert await books(whole, goes.application_id) == ["fee_due", "payment", "stripe_fee"]
