"""Pages of the beginning, the path and the withdrawal of an application: what is saved, what is refused, and that
nothing is lost."""

import asyncio

import pytest

from contracts.events.applications import ApplicationFeeDue, ApplicationWithdrawn
from tests.component.intake.browser import browsing, heading, hidden, known_as, problems, went, words
from tests.component.intake.walker import PDF, Applicant, Walker, id_of

ABOUT = {
    "name": "Ada",
    "institution": "Analytical College",
    "position": "Weaver",
    "time_zone": "America/New_York",
    "pronouns": "she/her",
    "phone": "+1 555 0100",
}
AGREED = {"accepted": "true", "version": "1"}


def page_of(path: str) -> str:
    return path.removeprefix("/api")


async def kept(intake: Walker, who: Applicant, path: str) -> dict[str, object]:
    found: dict[str, object] = await intake.call(who, "GET", path, 200)
    return found


async def test_basic_information_and_agreement_make_the_fee_due(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    async with browsing(intake) as here:
        own = page_of(path)
        known_as(ada, here)
        assert f'<a class="button" href="{own}/basic-information">Tell us who you are</a>' in (await here.get(own)).text
        page = await here.get(f"{own}/basic-information")
        assert (page.status_code, heading(page)) == (200, "Basic information")
        assert "Reviewers and chairs see none of this." in words(page)
        sent = await here.post(f"{own}/basic-information", data=ABOUT | {"seen": hidden(page, "seen")})
        assert went(sent) == (303, own)
        page = await here.get(own)
        assert "Your basic information is saved." in words(page)
        assert f'<a class="button" href="{own}/agreement">Read the agreement</a>' in page.text
        page = await here.get(f"{own}/agreement")
        assert (heading(page), hidden(page, "version"), "Not accepted yet" in words(page)) == ("Agreement", "1", True)
        assert went(await here.post(f"{own}/agreement", data=AGREED)) == (303, own)
        page = await here.get(own)
        assert f'<a class="button" href="/payments/{id_of(path)}">Pay the fee</a>' in page.text
        page = await here.get(f"{own}/basic-information")
        for value in ABOUT.values():
            assert f'value="{value}"' in page.text
        page = await here.get(f"{own}/agreement")
        assert "Accepted" in words(page)
        assert "<form method" not in page.text.split("<main")[1].split("</main>")[0]
    found = await kept(intake, ada, path)
    assert (found["state"], found["basic_information"]) == ("fee_due", ABOUT)
    assert len(await intake.one.events(ApplicationFeeDue)) == 1


async def test_the_account_fills_the_form_at_first(intake: Walker, ada: Applicant) -> None:
    first, second = await intake.start(ada), await intake.start(ada, "lacing")
    async with browsing(intake) as here:
        known_as(ada, here)
        await here.post(f"{page_of(first)}/basic-information", data=ABOUT)
        page = await here.get(f"{page_of(second)}/basic-information")
        for value in ('value="Ada"', 'value="Analytical College"', '<option value="America/New_York" selected>'):
            assert value in page.text
        assert 'value="Weaver"' not in page.text
    assert "basic_information" not in await kept(intake, ada, second)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Your name: must not be empty"),
        ("institution", " ", "Institution: must not be empty"),
        ("position", "x" * 201, "Position: must have at most 200 characters; this has 201"),
        (
            "pronouns",
            "a\nb",
            "Pronouns: has a line break (U+000A) as character 2; it is one line of plain text, so take that out",
        ),
    ],
)
async def test_basic_information_that_does_not_fit_comes_back(
    intake: Walker, ada: Applicant, field: str, value: str, said: str
) -> None:
    path = await intake.start(ada)
    async with browsing(intake) as here:
        page = await known_as(ada, here).post(f"{page_of(path)}/basic-information", data=ABOUT | {field: value})
        assert (page.status_code, heading(page), problems(page)) == (422, "Basic information", [said])
        for name, typed in ABOUT.items():
            assert name == field or f'value="{typed}"' in page.text
        assert f'<input id="field-{field}" name="{field}" type="text" value="{value}"' in page.text
        assert page.text.count("<title>Error:") == 1
    assert "basic_information" not in await kept(intake, ada, path)


async def test_the_agreement_is_accepted_by_a_tick_and_by_its_version(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.post(f"{page_of(path)}/agreement", data={"version": "1"})
        assert (page.status_code, problems(page)) == (422, ["Tick the box, if you accept the agreement."])
        page = await here.post(f"{page_of(path)}/agreement", data=AGREED | {"version": "0"})
        told = "That is not the agreement of this application. Read this one, and accept it."
        assert (page.status_code, problems(page), hidden(page, "version")) == (409, [told], "1")
        assert 'value="true" checked' in page.text
        assert "accepted_at" not in (await kept(intake, ada, path))["agreement"]  # type: ignore[operator]
        # Twice is once.
        for _ in range(2):
            assert went(await here.post(f"{page_of(path)}/agreement", data=AGREED)) == (303, page_of(path))


async def test_a_path_is_chosen_and_changed_and_keeps_what_was_entered(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    async with browsing(intake) as here:
        own = page_of(path)
        known_as(ada, here)
        page = await here.get(f"{own}/path")
        said = words(page)
        assert "Have you woven before?" in said
        assert "Open only to who answers: Often" in said
        assert "Open to everybody." in said
        assert "Spoken Talk (15 to 20 minutes)" in said
        sent = {"path": "shown", "answer": "often", "seen": hidden(page, "seen")}
        assert went(await here.post(f"{own}/path", data=sent)) == (303, own)
        form = {"annotation": "It crosses.", "items": "warp"}
        work = {"data": form, "files": {"file": ("w.pdf", PDF)}}
        await intake.call(ada, "PUT", f"{path}/materials/works", 200, **work)
        assert "Choose your path Shown Done" in words(await here.get(own))
        page = await here.get(f"{own}/path")
        assert 'name="path" value="shown" checked' in page.text
        assert 'name="answer" value="often" checked' in page.text
        assert "1 piece that you handed in for it is kept." in words(page)
        assert went(await here.post(f"{own}/path", data={"path": "spoken", "answer": "often"})) == (303, own)
        assert "1 piece that you handed in for it is kept." in words(await here.get(f"{own}/path"))
    assert len((await intake.call(ada, "GET", f"{path}/materials/works", 200))["items"]) == 1


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({}, 422, "Choose one of the paths."),
        ({"path": "flown"}, 422, "Choose one of the paths."),
        ({"path": "shown"}, 422, "Choose one of the answers. It says which paths are open to you."),
        ({"path": "spoken", "answer": "maybe"}, 422, "Choose one of the answers. It says which paths are open to you."),
        ({"path": "shown", "answer": "never"}, 409, "Your answer does not allow this path. Choose another one."),
    ],
)
async def test_a_path_that_is_not_open_is_refused(
    intake: Walker, ada: Applicant, sent: dict[str, str], status: int, said: str
) -> None:
    path = await intake.open(ada)
    async with browsing(intake) as here:
        page = await known_as(ada, here).post(f"{page_of(path)}/path", data=sent)
        assert (page.status_code, heading(page), problems(page)) == (status, "Choose your path", [said])
        for name, value in sent.items():
            if value in ("spoken", "shown", "often", "never"):
                assert f'name="{name}" value="{value}" checked' in page.text
    assert "chosen" not in (await kept(intake, ada, path))["paths"]  # type: ignore[operator]


async def test_a_credential_without_a_choice_has_no_page_for_it(intake: Walker, ada: Applicant) -> None:
    path = await intake.apply(ada, "lacing")
    await intake.pay(ada, path)
    async with browsing(intake) as here:
        known_as(ada, here)
        for name, sent in (("path", {"path": "spoken"}), ("self-assessment", {"ratings.bobbins": "1"})):
            for page in (
                await here.get(f"{page_of(path)}/{name}"),
                await here.post(f"{page_of(path)}/{name}", data=sent),
            ):
                assert (page.status_code, heading(page)) == (404, "There is no such page")


async def test_another_tab_changed_it_meanwhile(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    own = page_of(path)
    cases = (
        ("basic-information", ABOUT | {"position": "Spinner"}, ABOUT | {"position": "Dyer"}),
        ("path", {"path": "spoken", "answer": "often"}, {"path": "shown", "answer": "often"}),
        ("self-assessment", {"ratings.warp": "1"}, {"ratings.warp": "5"}),
    )
    told = (
        "This was changed since you opened it, in another tab or on another device. Nothing was overwritten."
        " The saved state is shown below; to replace it with yours, save again."
    )
    async with browsing(intake) as here:
        known_as(ada, here)
        for name, first, second in cases:
            opened = hidden(await here.get(f"{own}/{name}"), "seen")
            assert (await here.post(f"{own}/{name}", data=first | {"seen": opened})).status_code == 303
            before = await kept(intake, ada, path)
            page = await here.post(f"{own}/{name}", data=second | {"seen": opened})
            assert (name, page.status_code, problems(page)) == (name, 412, [told])
            assert await kept(intake, ada, path) == before
            # What is kept is told; what was typed stands in the form, and is saved by the next press.
            assert {
                "basic-information": "Position Spinner",
                "path": "Chosen now: Spoken.",
                "self-assessment": "Warp 1 of 5",
            }[name] in words(page)
            renewed = second | {"seen": hidden(page, "seen")}
            assert (await here.post(f"{own}/{name}", data=renewed)).status_code == 303
            # The same once more, from a page that is old by now, changes nothing and is no conflict.
            assert (await here.post(f"{own}/{name}", data=second | {"seen": opened})).status_code == 303
    found = await kept(intake, ada, path)
    assert found["basic_information"] == ABOUT | {"position": "Dyer"}
    assert found["self_assessment"]["ratings"] == {"warp": 5}  # type: ignore[index]
    assert found["paths"]["chosen"] == "shown"  # type: ignore[index]


async def test_two_presses_at_once_withdraw_once(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada)
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(f"{page_of(path)}/withdrawal")
        assert (page.status_code, heading(page)) == (200, "Withdraw the application")
        assert (await kept(intake, ada, path))["state"] == "open"
        answers = await asyncio.gather(
            *(here.post(f"{page_of(path)}/withdrawal", data={"reason": "No time."}) for _ in range(2))
        )
        assert sorted(one.status_code for one in answers) == [303, 409]
        [again] = [one for one in answers if one.status_code == 409]
        assert problems(again) == ["This application was withdrawn before. Nothing more was done."]
        assert "No time.</textarea>" in again.text
        said = words(await here.get(page_of(path)))
        assert "Weaving Withdrawn" in said
        assert '<a class="button" href="/credentials/weaving">Apply again</a>' in (await here.get(page_of(path))).text
    [event] = await intake.one.events(ApplicationWithdrawn)
    assert isinstance(event, ApplicationWithdrawn)
    assert event.note is not None
    assert [file.name for file in intake.objects(ada)] == [event.note.name.rpartition("/")[2]]


async def test_a_withdrawal_needs_no_reason(intake: Walker, ada: Applicant) -> None:
    path = await intake.start(ada)
    async with browsing(intake) as here:
        known_as(ada, here)
        assert "No fee is due any more." in words(await here.get(f"{page_of(path)}/withdrawal"))
        page = await here.post(f"{page_of(path)}/withdrawal", data={"reason": "a\x00"})
        assert (page.status_code, heading(page)) == (422, "Withdraw the application")
        assert problems(page)[0].startswith("Reason: has a control character (U+0000)")
        assert went(await here.post(f"{page_of(path)}/withdrawal", data={"reason": ""})) == (303, page_of(path))
        assert "Your application is withdrawn." in words(await here.get(page_of(path)))
    [event] = await intake.one.events(ApplicationWithdrawn)
    assert isinstance(event, ApplicationWithdrawn)
    assert event.note is None
