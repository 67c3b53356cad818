"""A reviewer works by page: they declare, score beside the evidence, check and submit."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.session import COOKIE
from tests.component.review.bench_of_judges import EMAIL, ESSAY, INSTITUTION, NAME, Bench
from tests.component.review.test_pages import look, words

LEVEL, NOTE = "items.{}.level", "items.{}.note"
ALL = {
    LEVEL.format("weft"): "demonstrated",
    LEVEL.format("warp"): "emerging",
    NOTE.format("warp"): "Where is the warp?",
}


async def send(bench: Bench, path: str, who: UUID, fields: Mapping[str, str]) -> httpx.Response:
    token = bench.one.session_for(who)["Authorization"].removeprefix("Bearer ")
    headers = {"Accept": "text/html", "Cookie": f"{COOKIE}={token}", "Sec-Fetch-Site": "same-origin"}
    return await bench.one.client.post(path, headers=headers, data=dict(fields))


def based_on(page: str) -> str:
    [found] = re.findall(r'name="based_on" value="([^"]*)"', page)
    return str(found)


def chosen(page: str) -> list[str]:
    return re.findall(r'value="([^"]*)" checked', page)


async def scores_of(bench: Bench, case: str, who: UUID) -> Any:
    return (await bench.ok("GET", f"/cases/{case}", who)).get("scores")


async def test_from_the_declaration_to_the_submission(bench: Bench) -> None:
    case, _ = await bench.case()
    place = f"/review/cases/{case}"
    assert f'href="{place}/declaration"' in await look(bench, "/review", bench.ann)
    assert f'href="{place}/declaration"' in await look(bench, place, bench.ann)
    asked = await look(bench, f"{place}/declaration", bench.ann)
    assert "Do you have a conflict of interest?" in words(asked)
    clear = await send(bench, f"{place}/declaration", bench.ann, {"conflict": "false", "reason": ""})
    assert (clear.status_code, clear.headers["location"]) == (303, place)

    page = await look(bench, place, bench.ann)
    assert ESSAY.decode() in words(page)
    assert "What it shows." in words(page)
    assert "0 of 2 scored." in words(page)
    for hidden in (NAME, EMAIL, INSTITUTION):
        assert hidden not in page
    first = {LEVEL.format("weft"): "exemplary", "comment": "A careful weaver.", "based_on": based_on(page)}
    kept = await send(bench, f"{place}/scores", bench.ann, first)
    assert (kept.status_code, kept.headers["location"]) == (303, place)
    page = await look(bench, place, bench.ann)
    assert (chosen(page), "1 of 2 scored." in words(page), "A careful weaver." in page) == (["exemplary"], True, True)

    check = await look(bench, f"{place}/check", bench.ann)
    assert "One item has no level yet Warp" in words(check)
    assert "Submit for good" not in check
    early = await send(bench, f"{place}/check", bench.ann, {"based_on": based_on(check)})
    assert (early.status_code, "1 of 2 items have no level yet" in words(early.text)) == (409, True)

    more = await send(bench, f"{place}/scores", bench.ann, {**ALL, "based_on": based_on(page), "then": "check"})
    assert (more.status_code, more.headers["location"]) == (303, f"{place}/check")
    check = await look(bench, f"{place}/check", bench.ann)
    assert ("Where is the warp?" in words(check), "Submit for good" in words(check)) == (True, True)
    done = await send(bench, f"{place}/check", bench.ann, {"based_on": based_on(check)})
    assert (done.status_code, done.headers["location"]) == (303, place)
    assert (await scores_of(bench, case, bench.ann))["submitted"] is True
    again = await send(bench, f"{place}/check", bench.ann, {"based_on": based_on(check)})
    assert again.status_code == 409
    page = await look(bench, place, bench.ann)
    assert ("Submitted" in words(page), 'name="items.' in page) == (True, False)


@pytest.mark.parametrize("by_page", [True, False])
async def test_an_older_tab_overwrites_nothing(bench: Bench, *, by_page: bool) -> None:
    case, _ = await bench.case()
    place = f"/review/cases/{case}"
    await bench.declare(case, bench.ann)
    old = based_on(await look(bench, place, bench.ann))
    assert (await send(bench, f"{place}/scores", bench.ann, {**ALL, "based_on": old})).status_code == 303
    there = await scores_of(bench, case, bench.ann)
    fewer = {LEVEL.format("weft"): "exemplary"}
    if by_page:
        refused = await send(bench, f"{place}/scores", bench.ann, {**fewer, "based_on": old})
        assert refused.status_code == 412
        both = words(refused.text)
        assert ("What is saved now" in both, "Where is the warp?" in both) == (True, True)
        assert chosen(refused.text) == ["exemplary"]
        assert based_on(refused.text) == there["edition"]
    else:
        body = {"items": {"weft": {"level": "exemplary"}}}
        headers = bench.one.session_for(bench.ann) | {"If-Match": f'"{old}"'}
        answer = await bench.one.client.put(f"/api/review/cases/{case}/scores", headers=headers, json=body)
        assert answer.status_code == 412
        assert answer.json()["current"] == there
        headers["If-Match"] = f'"{there["edition"]}"'
        answer = await bench.one.client.put(f"/api/review/cases/{case}/scores", headers=headers, json=body)
        assert (answer.status_code, answer.json()["missing"]) == (200, ["warp"])
        assert answer.headers["etag"].strip('"') == (await scores_of(bench, case, bench.ann))["edition"]
        return
    assert await scores_of(bench, case, bench.ann) == there
    # Whoever has seen both may still choose the new ones.
    meant = await send(bench, f"{place}/scores", bench.ann, {**fewer, "based_on": there["edition"]})
    assert meant.status_code == 303
    assert (await scores_of(bench, case, bench.ann))["items"] == {"weft": {"level": "exemplary", "note": ""}}


async def test_what_was_not_seen_is_not_submitted(bench: Bench) -> None:
    case, _ = await bench.case()
    place = f"/review/cases/{case}"
    await bench.declare(case, bench.ann)
    await send(bench, f"{place}/scores", bench.ann, ALL)
    seen = based_on(await look(bench, f"{place}/check", bench.ann))
    await send(bench, f"{place}/scores", bench.ann, {**ALL, LEVEL.format("warp"): "exemplary"})
    refused = await send(bench, f"{place}/check", bench.ann, {"based_on": seen})
    assert (refused.status_code, "Exemplary" in words(refused.text)) == (412, True)
    headers = bench.one.session_for(bench.ann) | {"If-Match": f'"{seen}"'}
    by_api = await bench.one.client.post(f"/api/review/cases/{case}/scores/submission", headers=headers)
    assert (by_api.status_code, by_api.json()["current"]) == (412, await scores_of(bench, case, bench.ann))
    assert "Nothing was submitted." in words(refused.text)
    assert (await scores_of(bench, case, bench.ann))["submitted"] is False


async def test_a_conflict_takes_the_case_away(bench: Bench) -> None:
    case, _ = await bench.case()
    place = f"/review/cases/{case}"
    for fields, fault in (
        ({}, "Your answer: Choose one of the two answers."),
        ({"conflict": "true", "reason": " "}, "What is it?: Say in a few words what it is."),
    ):
        refused = await send(bench, f"{place}/declaration", bench.ann, fields)
        assert (refused.status_code, fault in words(refused.text)) == (422, True), words(refused.text)
    gone = await send(bench, f"{place}/declaration", bench.ann, {"conflict": "true", "reason": "We wove together."})
    assert (gone.status_code, gone.headers["location"]) == (303, "/review")
    await look(bench, place, bench.ann, 404)
    await look(bench, f"{place}/declaration", bench.ann, 404)
    assert "We wove together." in await look(bench, place, bench.staff)


async def test_a_case_is_given_up(bench: Bench) -> None:
    case, _ = await bench.case()
    place = f"/review/cases/{case}"
    refused = await send(bench, f"{place}/decline", bench.ann, {"reason": ""})
    assert (refused.status_code, "Why: must not be empty" in words(refused.text)) == (422, True), words(refused.text)
    assert refused.text.count('class="error"') == 1
    gone = await send(bench, f"{place}/decline", bench.ann, {"reason": "I am away."})
    assert (gone.status_code, gone.headers["location"]) == (303, "/review")
    await look(bench, place, bench.ann, 404)
    assert "I am away." in await look(bench, place, bench.staff)


async def test_scores_that_do_not_fit_come_back(bench: Bench) -> None:
    case, _ = await bench.case()
    place = f"/review/cases/{case}"
    await bench.declare(case, bench.ann)
    for odd, fault in (
        ({LEVEL.format("weft"): "splendid"}, "Weft: is not a level of this rubric"),
        ({LEVEL.format("woof"): "emerging"}, "is not an item of this rubric"),
        ({NOTE.format("weft"): "x" * 10_001}, "Weft: must have at most 10000 characters"),
    ):
        refused = await send(bench, f"{place}/scores", bench.ann, {**ALL, **odd})
        assert (refused.status_code, fault in words(refused.text)) == (422, True), words(refused.text)
        assert "Where is the warp?" in refused.text
    assert (await scores_of(bench, case, bench.ann))["items"] == {}


async def test_who_may_not_score_by_page(bench: Bench) -> None:
    case, _ = await bench.case()
    place, stranger = f"/review/cases/{case}", await bench.one.add_person(roles=("reviewer",))
    for who, path, status in (
        (stranger, "declaration", 404),
        (stranger, "check", 404),
        (bench.staff, "declaration", 403),
        (bench.staff, "check", 409),
        (bench.ann, "check", 409),
    ):
        await look(bench, f"{place}/{path}", who, status)
    for who, path, status in (
        (stranger, "declaration", 404),
        (stranger, "scores", 404),
        (stranger, "check", 404),
        (bench.ann, "scores", 409),
        (bench.chair, "scores", 403),
        (bench.staff, "scores", 403),
    ):
        answer = await send(bench, f"{place}/{path}", who, {**ALL, "conflict": "false"})
        assert answer.status_code == status, (path, answer.text)
