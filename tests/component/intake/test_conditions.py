"""A person never overwrites a state that they have not seen: `ETag`, `If-Match` and `If-None-Match` of the API."""

from typing import Any

import pytest

from tests.component.intake.walker import BASIC, Applicant, Walker

MINE = {**BASIC, "position": "Spinner"}
NEWER = {**BASIC, "position": "Dyer"}
NOTHING_MORE = {"time_zone": None, "pronouns": None, "phone": None}
RATINGS = {"warp": 1, "weft": 4}


async def tag_of(intake: Walker, who: Applicant, path: str) -> str:
    """The `ETag` of what is there."""
    answer = await intake.client.get(path, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


@pytest.mark.parametrize(
    ("what", "first", "newer", "mine", "current"),
    [
        ("basic-information", BASIC, NEWER, MINE, {**NEWER, **NOTHING_MORE}),
        (
            "self-assessment",
            {"ratings": RATINGS},
            {"ratings": {"warp": 5, "weft": 5}},
            {"ratings": {"warp": 2, "weft": 2}},
            {"ratings": {"warp": 5, "weft": 5}, "gaps": [], "resources": []},
        ),
        (
            "path",
            {"path": "spoken"},
            {"path": "shown", "answer": "often"},
            {"path": "spoken", "answer": "never"},
            {"path": "shown", "answer": "often"},
        ),
    ],
)
async def test_an_older_edition_is_refused_with_what_is_kept(
    intake: Walker, ada: Applicant, what: str, first: Any, newer: Any, mine: Any, current: Any
) -> None:
    place = f"{await intake.open(ada)}/{what}"
    if what != "basic-information":
        await intake.call(ada, "GET", place, 404)
        only_new = {"If-None-Match": "*"}
        await intake.call(ada, "PUT", place, 412, json=first, headers={"If-Match": "*"})
        await intake.call(ada, "PUT", place, 200, json=first, headers=only_new)
        await intake.call(ada, "PUT", place, 412, json=newer, headers=only_new)
    seen = await tag_of(intake, ada, place)

    answer = await intake.client.put(place, json=newer, headers={**ada.headers, "If-Match": seen})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == await tag_of(intake, ada, place) != seen

    refused = await intake.call(ada, "PUT", place, 412, json=mine, headers={"If-Match": seen})
    assert (refused["type"].rpartition("/")[2], refused["current"]) == ("changed_meanwhile", current)
    assert await intake.call(ada, "GET", place, 200) == current
    # What is kept already may be sent again, and who read it may change it.
    await intake.call(ada, "PUT", place, 200, json=newer, headers={"If-Match": seen})
    both = f'"other", {await tag_of(intake, ada, place)}'
    await intake.call(ada, "PUT", place, 200, json=mine, headers={"If-Match": both})
    await intake.call(ada, "PUT", place, 200, json=newer)


async def test_another_persons_application_has_nothing_to_read(intake: Walker, ada: Applicant) -> None:
    path, eve = await intake.complete(ada), await intake.sign_in("eve@example.org")
    for what in ("basic-information", "self-assessment", "path"):
        await intake.call(eve, "GET", f"{path}/{what}", 404)
        await intake.call(None, "GET", f"{path}/{what}", 401)
