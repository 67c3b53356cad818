"""All pages of an application: for strangers, after an erasure, and only to read."""

from uuid import uuid4

import httpx
import pytest

from tests.component.intake.browser import browsing, heading, known_as, problems, went, words
from tests.component.intake.test_pages_tasks import ABOUT, AGREED, kept, page_of
from tests.component.intake.walker import Applicant, Walker

TASKS = {
    "basic-information": ABOUT,
    "agreement": AGREED,
    "path": {"path": "spoken"},
    "self-assessment": {"ratings.warp": "3"},
    "submission": {"reason": "none"},
    "withdrawal": {"reason": "No time."},
}
"""A form for each page of an application."""


@pytest.mark.parametrize("name", TASKS)
async def test_somebody_elses_application_is_not_there(intake: Walker, ada: Applicant, name: str) -> None:
    path = await intake.open(ada)
    before = await kept(intake, ada, path)
    eve = await intake.sign_in("eve@example.org")
    async with browsing(intake) as here:
        known_as(eve, here)
        for own in (page_of(path), f"/applications/{uuid4()}"):
            for page in (
                await here.get(f"{own}/{name}"),
                await here.post(f"{own}/{name}", data=TASKS[name]),
                await here.post(f"{own}/{name}", data={"version": "\x00", "ratings": "x", "path": ""}),
            ):
                assert (page.status_code, heading(page)) == (404, "There is no such page")
    assert await kept(intake, ada, path) == before


@pytest.mark.parametrize("name", TASKS)
async def test_who_is_signed_out_keeps_what_they_typed(intake: Walker, ada: Applicant, name: str) -> None:
    path = await intake.open(ada)
    before = await kept(intake, ada, path)
    address = f"{page_of(path)}/{name}"
    async with browsing(intake) as here:
        there = f"/sign-in?next={address.replace('/', '%2F')}"
        assert went(await here.get(address)) == (303, there)
        assert went(await here.post(address, data={}, headers={"Referer": f"http://127.0.0.1{address}"})) == (
            303,
            there,
        )
        page = await here.post(address, data=TASKS[name])
        assert (page.status_code, heading(page)) == (401, "Not saved: you are signed out")
        assert page.headers["www-authenticate"] == "Bearer"
        assert f'<form class="panel" method="post" action="{address}">' in page.text
        assert f'href="{there}"' in page.text
        assert "Weaving" not in page.text
        assert await kept(intake, ada, path) == before
        assert resent(page, TASKS[name]) == TASKS[name]
        # Signed in in another tab, the page that is still open sends it all again.
        known_as(ada, here)
        answer = await here.post(address, data=resent(page, TASKS[name]))
        assert answer.status_code == (409 if name == "submission" else 303)


def resent(page: httpx.Response, typed: dict[str, str]) -> dict[str, str]:
    """The typed values that the page's form still has."""
    found = {}
    for name, value in typed.items():
        field = f'name="{name}" type="text" value="{value}"', f'name="{name}" value="{value}"'
        area = f'name="{name}" rows="6">\n{value}</textarea>'
        if any(one in page.text for one in (*field, area)):
            found[name] = value
    return found


STATES = {
    "submitted": "This application is submitted, so it cannot be changed. You can read it.",
    "in_review": "The panel judges this application, so it cannot be changed. You can read it.",
    "not_yet": "This application is decided, so it cannot be changed. You can read it.",
}


@pytest.mark.parametrize("state", STATES)
async def test_after_the_submission_all_is_to_be_read_only(intake: Walker, ada: Applicant, state: str) -> None:
    path = await intake.submit(ada)
    if state != "submitted":
        await intake.one.deliver(intake.opened(ada, path))
    if state == "not_yet":
        await intake.one.deliver(await intake.decided(ada, path, "not_yet"))
    own, said = page_of(path), STATES[state]
    before = await kept(intake, ada, path)
    async with browsing(intake) as here:
        known_as(ada, here)
        assert said in words(await here.get(own))
        for name in ("basic-information", "path", "self-assessment", "submission"):
            page = await here.get(f"{own}/{name}")
            assert (page.status_code, said in words(page)) == (200, True), name
            assert '<form method="post"' not in page.text.split("<main")[1].split("</main>")[0]
        assert "Position Weaver" in words(await here.get(f"{own}/basic-information"))
        assert "Warp 1 of 5" in words(await here.get(f"{own}/self-assessment"))
        for name in ("basic-information", "path", "self-assessment"):
            page = await here.post(f"{own}/{name}", data=TASKS[name] | {"position": "Dyer"})
            assert (page.status_code, problems(page)) == (409, [said]), name
        page = await here.post(f"{own}/basic-information", data=ABOUT | {"position": "Dyer"})
        assert 'value="Dyer"' in page.text
        page = await here.post(f"{own}/self-assessment", data={"ratings.warp": "5"})
        assert 'name="ratings.warp" value="5" checked' in page.text
    assert await kept(intake, ada, path) == before


@pytest.mark.parametrize(("name", "sent"), [("path", {"path": "spoken"}), ("self-assessment", {"ratings.warp": "4"})])
async def test_before_the_fee_is_paid_tasks_can_be_read(
    intake: Walker, ada: Applicant, name: str, sent: dict[str, str]
) -> None:
    path = await intake.apply(ada)
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(f"{page_of(path)}/{name}")
        assert "This opens when the fee is paid." in words(page)
        assert ("Talk" in words(page)) if name == "path" else ("Which warp?" in words(page))
        page = await here.post(f"{page_of(path)}/{name}", data=sent)
        assert (page.status_code, problems(page)) == (409, ["This opens when the fee is paid."])
        [(field, value)] = sent.items()
        assert f'name="{field}" value="{value}" checked' in page.text
        assert f'href="{page_of(path)}/{name}"' not in (await here.get(page_of(path))).text
