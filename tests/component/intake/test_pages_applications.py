"""The pages of one's applications: state, next step, decision."""

from uuid import uuid4

from contracts.events.badging import BadgeIssued
from contracts.events.payments import FeeDisputed
from tests.component.intake.browser import browsing, heading, known_as, went, words
from tests.component.intake.walker import USD, Applicant, Walker, id_of


async def test_who_has_none_is_shown_the_way_to_one(intake: Walker, ada: Applicant) -> None:
    async with browsing(intake) as here:
        page = await known_as(ada, here).get("/applications")
        assert (page.status_code, "No applications yet" in words(page)) == (200, True)
        assert 'href="/#open"' in page.text


async def test_each_state_says_what_comes_next(intake: Walker, ada: Applicant) -> None:
    async with browsing(intake) as here:
        known_as(ada, here)

        async def shown(path: str, tag: str, step: str, next: str) -> None:
            listed = words(await here.get("/applications"))
            assert next in listed
            page = await here.get(path.removeprefix("/api"))
            said = words(page)
            assert (page.status_code, heading(page)) == (200, "Weaving")
            assert f"Weaving {tag} {step} {next}".replace("  ", " ") in said

        path = await intake.start(ada)
        await shown(path, "Begun", "Step 1 of 7: Begin.", "Tell us who you are, and accept the agreement.")
        fee = f'href="/payments/{id_of(path)}"'
        assert fee not in (await here.get(path.removeprefix("/api"))).text
        basic = {"name": "Ada", "institution": "Analytical College", "position": "Weaver"}
        await intake.call(ada, "PUT", f"{path}/basic-information", 200, json=basic)
        await intake.call(ada, "PUT", f"{path}/agreement", 200, json={"accepted": True, "version": "1"})
        await shown(path, "Fee due", "Step 2 of 7: Pay.", "Pay the fee. Then your application opens.")
        assert fee in (await here.get(path.removeprefix("/api"))).text
        await intake.pay(ada, path)
        await shown(path, "Open", "Step 3 of 7: Assess.", "Hand in what is asked for: 0 of 4 are done.")
        await intake.call(ada, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"warp": 1, "weft": 4}})
        await shown(path, "Open", "Step 4 of 7: Prepare.", "Hand in what is asked for: 1 of 4 are done.")
        said = words(await here.get(path.removeprefix("/api")))
        assert "2 of 2 rated. Done" in said
        assert "You said 1 of 5" in said


async def test_a_decision_is_shown_with_letter_and_feedback(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    async with browsing(intake) as here:
        known_as(ada, here)
        page = path.removeprefix("/api")
        assert "Weaving Submitted Step 6 of 7: Review." in words(await here.get(page))
        await intake.one.deliver(intake.opened(ada, path))
        assert "The panel has 14 business days." in words(await here.get(page))
        await intake.one.deliver(await intake.decided(ada, path, "not_yet"))
        said = words(await here.get(page))
        for text in ("Weaving Not yet Step 7 of 7: Decision.", "Read the letter and the feedback", "Decided: not yet"):
            assert text in said
        said = words(await here.get(f"{page}/decision"))
        for text in ("Not yet: 1 of 2 are demonstrated", "Dear Ada", "1 to work on Weft", "More weft.", "Apply again"):
            assert text in said
        await intake.one.deliver(FeeDisputed(application_id=id_of(path), person_id=ada.person_id, amount=USD))
        assert "This application is on hold The payment of the fee is disputed." in words(await here.get(page))
        assert "On hold." in words(await here.get("/applications"))
        intake.one.clock.move(minutes=1)
        await intake.call(ada, "POST", "/api/applications", 201, json={"credential": "weaving"})
        listed = words(await here.get("/applications"))
        assert listed.index("Weaving, attempt 2") < listed.index("The panel decided: not yet.")


async def test_an_awarded_application_links_to_its_badge(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    await intake.one.deliver(intake.opened(ada, path))
    await intake.one.deliver(await intake.decided(ada, path, "awarded"))
    badge_id = uuid4()
    await intake.one.deliver(
        BadgeIssued(
            badge_id=badge_id,
            application_id=id_of(path),
            person_id=ada.person_id,
            decision_id=uuid4(),
            achievement="weaving",
            credential_version=1,
            url=f"https://badges.example.org/badges/{badge_id}",
        )
    )
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(path.removeprefix("/api"))
        assert f'<a class="button" href="https://badges.example.org/badges/{badge_id}">See the badge</a>' in page.text


async def test_an_application_is_its_applicants_alone(intake: Walker, ada: Applicant) -> None:
    path = (await intake.start(ada)).removeprefix("/api")
    eve = await intake.sign_in("eve@example.org")
    async with browsing(intake) as here:
        assert went(await here.get(path)) == (303, f"/sign-in?next={path.replace('/', '%2F')}")
        assert went(await here.get("/applications")) == (303, "/sign-in?next=%2Fapplications")
        known_as(eve, here)
        for address in (path, f"/applications/{uuid4()}", "/applications/x"):
            page = await here.get(address)
            assert (page.status_code, heading(page)) == (404, "There is no such page")


async def test_what_people_wrote_is_text_and_never_markup(intake: Walker, ada: Applicant) -> None:
    path = await intake.submit(ada)
    decided = await intake.decided(ada, path, "not_yet")
    letter = await intake.written_by_review(ada.person_id, b"<script>alert(1)</script>\n\nSecond.")
    await intake.one.deliver(decided.model_copy(update={"letter": letter}))
    async with browsing(intake) as here:
        page = await known_as(ada, here).get(f"{path.removeprefix('/api')}/decision")
        assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>Second.</p>" in page.text
