"""A reviewer's profile by page: what they judge, and the agreements that they sign."""

from typing import Any
from uuid import UUID

import pytest

from tests.component.review.bench_of_judges import Bench
from tests.component.review.test_pages import look, words
from tests.component.review.test_pages_judging import based_on, chosen, send

PAGE = "/review/profile"


@pytest.fixture
async def zoe(bench: Bench) -> UUID:
    """A new reviewer."""
    return await bench.one.add_person(roles=("reviewer",), institution="East College")


async def profile_of(bench: Bench, who: UUID) -> Any:
    return await bench.ok("GET", "/me", who)


async def test_from_nothing_to_the_first_case(bench: Bench, zoe: UUID) -> None:
    page = await look(bench, PAGE, zoe)
    assert (chosen(page), 'value="East College"' in page) == ([], True)
    fields = {"credentials": "weaving", "capacity": "3", "institution": "East College", "based_on": based_on(page)}
    saved = await send(bench, PAGE, zoe, fields)
    assert (saved.status_code, saved.headers["location"]) == (303, PAGE)
    page = await look(bench, PAGE, zoe)
    assert (chosen(page), "Not signed yet" in words(page)) == (["weaving"], True)

    forgot = await send(bench, f"{PAGE}/agreement", zoe, {"version": "7"})
    assert (forgot.status_code, "Tick the box if you accept the agreement." in words(forgot.text)) == (422, True)
    assert chosen(forgot.text) == ["weaving"]
    signed = await send(bench, f"{PAGE}/agreement", zoe, {"version": "7", "accepted": "true"})
    assert (signed.status_code, signed.headers["location"]) == (303, PAGE)
    profile = await profile_of(bench, zoe)
    assert (profile["credentials"], profile["capacity"], profile["agreement"]["accepted"]) == (["weaving"], 3, True)
    assert "Signed" in words(await look(bench, PAGE, zoe))

    await send(bench, f"{PAGE}/agreement", zoe, {"version": "7", "accepted": "false"})
    profile = await profile_of(bench, zoe)
    assert (profile["agreement"]["accepted"], profile["credentials"], profile["capacity"]) == (False, ["weaving"], 3)


async def test_what_does_not_fit_comes_back(bench: Bench, zoe: UUID) -> None:
    for odd, fault in (
        ({"capacity": "-1"}, "Cases at a time: must be at least 0"),
        ({"capacity": "many"}, "Cases at a time: must be a whole number"),
        ({"institution": "x" * 5000}, "Institution: must have at most"),
    ):
        fields = {"credentials": "weaving", "capacity": "3", "institution": "West", **odd}
        refused = await send(bench, PAGE, zoe, fields)
        assert (refused.status_code, fault in words(refused.text)) == (422, True), words(refused.text)
        assert chosen(refused.text) == ["weaving"]
    for fields in ({"credentials": "knitting", "capacity": "3"}, {"version": "8", "accepted": "true"}):
        path = PAGE if "capacity" in fields else f"{PAGE}/agreement"
        assert (await send(bench, path, zoe, fields)).status_code == 409
    assert (await profile_of(bench, zoe))["credentials"] == []


async def test_an_older_tab_overwrites_nothing(bench: Bench, zoe: UUID) -> None:
    old = based_on(await look(bench, PAGE, zoe))
    fields = {"credentials": "weaving", "capacity": "3", "institution": "West"}
    assert (await send(bench, PAGE, zoe, {**fields, "based_on": old})).status_code == 303
    refused = await send(bench, PAGE, zoe, {**fields, "capacity": "9", "based_on": old})
    assert (refused.status_code, "Cases at a time 3" in words(refused.text)) == (412, True)
    assert 'value="9"' in refused.text
    answer = await bench.call("GET", "/me", zoe)
    headers = bench.one.session_for(zoe) | {"If-Match": f'"{old}"'}
    body = {"credentials": [], "capacity": 1, "institution": ""}
    late = await bench.one.client.put("/api/review/me", headers=headers, json=body)
    assert (late.status_code, late.json()["current"]["capacity"]) == (412, 3)
    headers["If-Match"] = answer.headers["etag"]
    assert (await bench.one.client.put("/api/review/me", headers=headers, json=body)).status_code == 200


async def test_who_has_no_profile(bench: Bench) -> None:
    for path in (PAGE, f"{PAGE}/agreement"):
        answer = await send(bench, path, bench.staff, {"capacity": "1", "version": "7", "accepted": "true"})
        assert answer.status_code == 403
