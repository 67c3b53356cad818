"""Pages of review: what each reader sees, and that they show a reviewer nothing about the applicant."""

import re
from uuid import UUID, uuid4

import httpx

from contracts.events.review import CaseOpened
from contracts.session import COOKIE
from tests.component.conftest import StartService
from tests.component.review.bench_of_judges import AWARD, EMAIL, ESSAY, INSTITUTION, NAME, Bench, withdrawal

HTML = {"Accept": "text/html"}


async def look(bench: Bench, path: str, who: UUID | None, status: int = 200) -> str:
    headers = dict(HTML)
    if who is not None:
        token = bench.one.session_for(who)["Authorization"].removeprefix("Bearer ")
        headers["Cookie"] = f"{COOKIE}={token}"
    answer: httpx.Response = await bench.one.client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), answer.text
    return answer.text


def words(page: str) -> str:
    """What the page's main part says."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def written(number: str) -> str:
    return f"{number[:6]}-{number[6:]}"


async def number_of(bench: Bench) -> str:
    return str((await bench.one.events(CaseOpened))[-1].submission_number)  # type: ignore[attr-defined]


async def test_who_sees_which_page(bench: Bench) -> None:
    case, _ = await bench.case()
    stranger = await bench.one.add_person()
    for path in ("/review", "/decisions", "/review/cases", f"/review/cases/{case}", "/review/profile"):
        nobody = await bench.one.client.get(path, headers=HTML)
        assert (nobody.status_code, nobody.headers["location"]) == (
            303,
            f"/sign-in?next={path.replace('/', '%2F')}",
        )
    for path, who, status in [
        ("/review", stranger, 403),
        ("/review", bench.staff, 403),
        ("/review", bench.ann, 200),
        ("/review", bench.chair, 200),
        ("/decisions", bench.ann, 403),
        ("/decisions", bench.staff, 403),
        ("/decisions", bench.chair, 200),
        ("/review/cases", bench.ann, 403),
        ("/review/cases", stranger, 403),
        ("/review/cases", bench.staff, 200),
        ("/review/cases", bench.chair, 200),
        ("/review/profile", bench.staff, 403),
        ("/review/profile", bench.ann, 200),
        (f"/review/cases/{case}", stranger, 404),
        (f"/review/cases/{case}", bench.ann, 200),
        (f"/review/cases/{uuid4()}", bench.staff, 404),
        ("/review/cases/seven", bench.staff, 404),
    ]:
        await look(bench, path, who, status)


async def test_pages_before_there_is_anything(bench: Bench) -> None:
    assert "No cases We mail you when one comes." in words(await look(bench, "/review", bench.ann))
    assert "Nothing to decide" in words(await look(bench, "/decisions", bench.chair))
    assert "No cases yet" in words(await look(bench, "/review/cases", bench.staff))
    assert "No cases match" in words(await look(bench, "/review/cases?state=decided", bench.staff))


async def test_nothing_of_the_material_is_shown_before_the_declaration(bench: Bench) -> None:
    case, _ = await bench.case()
    page = await look(bench, f"/review/cases/{case}", bench.ann)
    assert "First say whether there is a conflict of interest" in words(page)
    assert "An essay" not in page
    assert "/materials/" not in page
    queue = words(await look(bench, "/review", bench.ann))
    assert written(await number_of(bench)) in queue
    assert "Say whether there is a conflict of interest" in queue

    await bench.declare(case, bench.ann)
    page = await look(bench, f"/review/cases/{case}", bench.ann)
    assert f"/api/review/cases/{case}/materials/essay" in page
    assert "Works 1" in words(page)
    assert "What the applicant says of it What it shows." in words(page)
    assert "Score" in words(await look(bench, "/review", bench.ann))


async def test_nothing_of_the_applicant_reaches_a_reviewer(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    bench.one.clock.move(hours=5)
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    staffs = await look(bench, f"/review/cases/{case}", bench.staff)
    decided_at = re.findall(r'<time datetime="([^"]+)"', staffs[staffs.index('id="decision"') :])[0]
    chairs = await look(bench, f"/review/cases/{case}", bench.chair)
    assert NAME in chairs, "the letter speaks to the applicant by name"
    assert str(submitted.application_id) in staffs

    reviewers = [await look(bench, path, bench.ann) for path in (f"/review/cases/{case}", "/review", "/review/profile")]
    assert "Awarded" in words(reviewers[0])
    secrets = [NAME, EMAIL, INSTITUTION, str(submitted.application_id), str(submitted.person_id), decided_at]
    secrets += [str(bench.ben), str(bench.chair), "Well woven", ESSAY.decode()]
    assert [(secret, n) for secret in secrets for n, page in enumerate(reviewers) if secret in page] == []
    assert [secret for secret in secrets[:5] if secret in chairs] == [NAME], "chairs have a seat and see no application"
    for who in (bench.ann, bench.chair):
        await look(bench, f"/review/cases/{submitted.application_id}", who, 200 if who == bench.chair else 404)


async def test_what_a_chair_sees_of_a_case_to_decide(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.score(case, bench.ann)
    await bench.score(case, bench.ben, warp="emerging")
    number = written(await number_of(bench))
    assert number not in words(await look(bench, f"/review/cases/{case}", bench.ann)).partition("Rubric")[2]
    decisions = words(await look(bench, "/decisions", bench.chair))
    assert f"{number} Weaving" in decisions
    assert "Say whether there is a conflict of interest, then decide" in decisions
    assert "scores" not in words(await look(bench, f"/review/cases/{case}", bench.chair))
    await bench.declare(case, bench.chair)
    assert "then decide" not in words(await look(bench, "/decisions", bench.chair))
    page = words(await look(bench, f"/review/cases/{case}", bench.chair))
    assert "What follows from the scores Not yet" in page
    assert page.count("Reviewer ") >= 4, "twice in the panel, twice with their scores"
    others = words(await look(bench, f"/review/cases/{case}", bench.ann))
    assert ("Your scores Submitted" in others, "Emerging" in others.partition("Your scores")[2]) == (True, False)


async def test_all_cases_by_state_and_by_pages(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    other, _ = await bench.case()
    page = await look(bench, "/review/cases", bench.staff)
    assert [case in page, other in page] == [True, True]
    page = await look(bench, "/review/cases?state=deciding", bench.staff)
    assert [case in page, other in page] == [True, False]
    assert "Weaving, version 2" in words(page)
    await bench.one.deliver(withdrawal(submitted))
    assert "Closed" in words(await look(bench, "/review/cases?state=closed", bench.staff))
    closed = words(await look(bench, f"/review/cases/{case}", bench.staff))
    assert "The application was withdrawn: nothing of it is shown any more." in closed

    for _ in range(49):
        await bench.case()
    page = await look(bench, "/review/cases", bench.staff)
    (after,) = re.findall(r'href="(/review/cases\?after=[^"]+)"', page)
    rest = await look(bench, after, bench.staff)
    links = re.compile(r'href="/review/cases/([0-9a-f-]{36})"')
    found = [*links.findall(page), *links.findall(rest)]
    assert (len(links.findall(page)), len(found), len(set(found))) == (50, 51, 51)
    queued = await look(bench, "/review", bench.ann)
    assert len(links.findall(queued)) <= 10, "no more than the capacity"


async def test_the_profile_is_read(bench: Bench) -> None:
    whole = await look(bench, "/review/profile", bench.ann)
    page = words(whole)
    for shown in ('value="weaving" checked', 'name="capacity" type="number" min="0" max="10000" value="10"'):
        assert shown in whole
    assert 'value="South College"' in whole
    assert "Agreement of reviewers, version 7 Signed" in page
    assert "Be fair." in page
    fresh = await bench.one.add_person(roles=("reviewer",))
    whole = await look(bench, "/review/profile", fresh)
    page = words(whole)
    assert " checked" not in whole
    assert "Not signed yet You get no case of these credentials until you sign it." in page


async def test_texts_that_are_gone_do_not_stand_in_the_way(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    for name in await bench.objects_about(submitted.person_id):
        (bench.one.keys.folder / "objects" / name).unlink()
    page = words(await look(bench, f"/review/cases/{case}", bench.chair))
    assert "Some texts cannot be shown" in page
    assert "Well woven" not in page


async def test_a_service_without_people_has_pages(service: StartService) -> None:
    bench = await Bench.build(await service("review"), people=False)
    chair = await bench.one.add_person(roles=("chair",))
    assert "Nothing to decide" in words(await look(bench, "/decisions", chair))


async def test_they_are_said_in_spanish(bench: Bench) -> None:
    reviewer = await bench.one.add_person(roles=("reviewer",), language="es")
    page = words(await look(bench, "/review", reviewer))
    assert "Casos por revisar Usted ve números de entrega, nunca nombres. No hay casos" in page
