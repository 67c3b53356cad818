"""A chair decides by page: scores side by side, the preview of what the applicant will read, the decision once."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from contracts.events.review import CaseDecided
from tests.component.review.bench_of_judges import Bench
from tests.component.review.test_pages import look, words
from tests.component.review.test_pages_judging import chosen, send

LETTER = "Dear applicant,\n\nyour weaving is sound.\n\nThe chair"
LATER = {"outcome": "not_yet", "letter": LETTER}
GOOD = {"outcome": "awarded", "letter": LETTER, "feedback.warp": "Well strung.", "feedback.weft": ""}


@pytest.fixture
async def case(bench: Bench) -> str:
    """A case to be decided, in which the reviewers differ on one item."""
    case, _ = await bench.case()
    await bench.score(case, bench.ann, warp="emerging")
    await bench.score(case, bench.ben)
    await bench.declare(case, bench.chair)
    return case


async def decided(bench: Bench) -> list[Any]:
    return await bench.one.events(CaseDecided)


async def test_from_the_scores_to_the_decision(bench: Bench, case: str) -> None:
    place = f"/review/cases/{case}/decision"
    assert f'href="{place}"' in await look(bench, "/decisions", bench.chair)
    page = words(await look(bench, place, bench.chair))
    assert "The reviewers differ on one item" in page
    assert "The panel Emerging They differ" in page

    awarded = await send(bench, f"{place}/check", bench.chair, GOOD)
    assert (awarded.status_code, "Warp is not demonstrated. Choose Not yet" in words(awarded.text)) == (409, True)
    assert "your weaving is sound." in awarded.text
    unreasoned = {**GOOD, "items.warp.level": "exemplary", "items.warp.reason": " "}
    refused = await send(bench, f"{place}/check", bench.chair, unreasoned)
    assert (refused.status_code, "Warp: Say why you judge otherwise" in words(refused.text)) == (422, True)

    whole = {**unreasoned, "items.warp.reason": "The second work shows it.", "items.weft.level": "demonstrated"}
    check = await send(bench, f"{place}/check", bench.chair, whole)
    assert check.status_code == 200
    seen = words(check.text)
    assert "Awarded 2 of 2 are demonstrated." in seen
    assert "Warp: Exemplary (The second work shows it.)" in seen
    assert "Weft: " not in seen  # it is the panel's own level
    assert "<p>your weaving is sound.</p>" in check.text
    assert await decided(bench) == []
    back = await send(bench, place, bench.chair, {**whole, "then": "change"})
    assert (back.status_code, chosen(back.text)) == (200, ["awarded"])
    assert "The second work shows it." in back.text

    done = await send(bench, place, bench.chair, whole)
    assert (done.status_code, done.headers["location"]) == (303, f"/review/cases/{case}")
    [event] = await decided(bench)
    assert [(one.item, one.level) for one in event.items] == [("weft", "demonstrated"), ("warp", "exemplary")]
    assert "The case is decided." not in await look(bench, "/decisions", bench.chair)
    for path in (place, f"{place}/check"):
        again = await send(bench, path, bench.chair, whole)
        assert again.status_code == 409
    await look(bench, place, bench.chair, 409)


async def test_the_letter_is_shown_as_the_applicant_will_read_it(bench: Bench, case: str) -> None:
    hostile = "<script>alert(1)</script>\r\n\r\nSecond & last."
    fields = {"outcome": "not_yet", "letter": hostile, "feedback.warp": "String it\n\nagain."}
    check = (await send(bench, f"/review/cases/{case}/decision/check", bench.chair, fields)).text
    letter = check[check.index('<article class="letter') : check.index("</article>")]
    assert letter.endswith("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>Second &amp; last.</p>")
    assert '<p translate="no">String it</p><p translate="no">again.</p>' in check


async def test_feedback_that_is_missing_is_named(bench: Bench, case: str) -> None:
    check = await send(bench, f"/review/cases/{case}/decision/check", bench.chair, LATER)
    assert "One item that is not demonstrated has no feedback Warp" in words(check.text)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"letter": LETTER}, "The outcome: Choose an outcome."),
        ({"outcome": "not_yet", "letter": " \n"}, "Letter to the applicant: Write a letter."),
        ({"outcome": "perhaps", "letter": LETTER}, "The outcome: must be one of"),
        ({**LATER, "items.warp.level": "best", "items.warp.reason": "x"}, "is not a level"),
        ({**LATER, "feedback.woof": "?"}, "is not an item of this rubric"),
    ],
)
async def test_what_does_not_fit_comes_back(bench: Bench, case: str, fields: Mapping[str, str], fault: str) -> None:
    for path in ("", "/check"):
        refused = await send(bench, f"/review/cases/{case}/decision{path}", bench.chair, fields)
        assert (refused.status_code, fault in words(refused.text)) == (422, True), words(refused.text)
    assert await decided(bench) == []


async def test_of_two_tabs_one_decides(bench: Bench, case: str) -> None:
    sent = [send(bench, f"/review/cases/{case}/decision", bench.chair, LATER) for _ in range(4)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert len(await decided(bench)) == 1


async def test_who_may_not_decide_by_page(bench: Bench, case: str) -> None:
    early, _ = await bench.case()
    other = await bench.one.add_person(roles=("chair",), institution="West College")

    async def status(of: str, who: UUID) -> list[int]:
        place = f"/review/cases/{of}/decision"
        sent = [(await send(bench, place + path, who, GOOD)).status_code for path in ("", "/check")]
        return [(await bench.call("GET", f"/cases/{of}", who)).status_code, *sent]

    assert await status(case, bench.ann) == [200, 403, 403]
    assert await status(case, other) == [200, 403, 403]
    assert await status(case, bench.staff) == [200, 403, 403]
    assert await status(early, bench.chair) == [200, 409, 409]
    assert await decided(bench) == []
