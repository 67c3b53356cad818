"""Drafts by the API: saved while somebody writes, never overwritten unseen, deleted when they are handed in."""

import asyncio

from tests.component.intake.walker import PDF, Applicant, Walker

LONG = "Too many words for this essay, but a draft all the same."


async def test_a_draft_need_not_meet_the_limits_and_is_handed_in_when_it_does(
    intake: Walker, ada: Applicant, path: str
) -> None:
    draft, essay = f"/api{path}/drafts/essay", f"/api{path}/materials/essay"
    before = await intake.client.get(draft, headers=ada.headers)
    nothing = {"requirement": "essay", "draft": False, "text": "", "words": 0}
    assert (before.json(), "etag" in before.headers) == (nothing, False)

    saved = await intake.client.put(draft, headers={**ada.headers, "If-None-Match": "*"}, json={"text": LONG})
    assert (saved.status_code, saved.json()["words"]) == (200, 12)
    read = await intake.client.get(draft, headers=ada.headers)
    assert (read.json()["text"], read.json()["draft"]) == (LONG, True)
    assert read.headers["etag"] == saved.headers["etag"]
    # It is no material, and is not handed in by being there.
    await intake.call(ada, "GET", essay, 404)
    await intake.call(ada, "PUT", essay, 422, json={"text": LONG})
    assert (await intake.call(ada, "GET", draft, 200))["text"] == LONG

    again = await intake.client.put(
        draft, headers={**ada.headers, "If-Match": saved.headers["etag"]}, json={"text": "Warp and weft"}
    )
    assert again.status_code == 200, again.text
    assert len(intake.objects(ada)) == 1
    await intake.call(ada, "PUT", essay, 200, json={"text": "Warp and weft"})
    after = await intake.call(ada, "GET", draft, 200)
    assert (after["text"], after["draft"], after["words"]) == ("Warp and weft", False, 3)
    assert len(intake.objects(ada)) == 1


async def test_an_older_draft_overwrites_nothing(intake: Walker, ada: Applicant, path: str) -> None:
    draft = f"/api{path}/drafts/essay"
    first = await intake.client.put(draft, headers=ada.headers, json={"text": "One"})
    seen = {"If-Match": first.headers["etag"]}
    newer = await intake.client.put(draft, headers={**ada.headers, **seen}, json={"text": "Two"})
    assert newer.status_code == 200
    refused = await intake.call(ada, "PUT", draft, 412, json={"text": "Three"}, headers=seen)
    assert (refused["current"]["text"], refused["current"]["draft"]) == ("Two", True)
    await intake.call(ada, "PUT", draft, 412, json={"text": "Three"}, headers={"If-None-Match": "*"})
    await intake.call(ada, "DELETE", draft, 412, headers=seen)
    assert (await intake.call(ada, "GET", draft, 200))["text"] == "Two"
    # The same words once more, because their answer was lost.
    await intake.call(ada, "PUT", draft, 200, json={"text": "Two"}, headers=seen)
    assert len(intake.objects(ada)) == 1


async def test_a_draft_begun_before_something_was_handed_in_is_older(intake: Walker, ada: Applicant, path: str) -> None:
    draft, essay = f"/api{path}/drafts/essay", f"/api{path}/materials/essay"
    await intake.call(ada, "PUT", essay, 200, json={"text": "Handed in elsewhere"})
    refused = await intake.call(ada, "PUT", draft, 412, json={"text": "One"}, headers={"If-None-Match": "*"})
    assert (refused["current"]["text"], refused["current"]["draft"]) == ("Handed in elsewhere", False)
    # By the API other words may be handed in beside a draft: it is kept.
    await intake.call(ada, "PUT", draft, 200, json={"text": "A better one"})
    await intake.call(ada, "PUT", essay, 200, json={"text": "Handed in anew"})
    assert (await intake.call(ada, "GET", draft, 200))["text"] == "A better one"
    await intake.call(ada, "DELETE", draft, 204)
    await intake.call(ada, "DELETE", draft, 204)
    assert (await intake.call(ada, "GET", draft, 200))["text"] == "Handed in anew"
    assert len(intake.objects(ada)) == 1


async def test_of_many_first_drafts_at_once_one_is_kept(intake: Walker, ada: Applicant, path: str) -> None:
    draft = f"/api{path}/drafts/essay"
    answers = await asyncio.gather(
        *(
            intake.client.put(draft, headers={**ada.headers, "If-None-Match": "*"}, json={"text": f"Text {number}"})
            for number in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    [kept] = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    assert (await intake.call(ada, "GET", draft, 200))["text"] == f"Text {kept}"
    assert len(intake.objects(ada)) == 1


async def test_the_draft_of_an_annotation_goes_with_its_artifact_alone(
    intake: Walker, ada: Applicant, path: str
) -> None:
    draft, works = f"/api{path}/drafts/works", f"/api{path}/materials/works"
    await intake.call(ada, "PUT", draft, 200, json={"text": "My first cloth", "items": ["warp", "warp"]})
    assert (await intake.call(ada, "GET", draft, 200))["items"] == ["warp"]
    form = {"data": {"annotation": "Another cloth"}, "files": {"file": ("cloth.pdf", PDF)}}
    await intake.call(ada, "PUT", works, 200, **form)
    assert (await intake.call(ada, "GET", draft, 200))["text"] == "My first cloth"
    form = {"data": {"annotation": "My first cloth"}, "files": {"file": ("cloth.pdf", PDF)}}
    await intake.call(ada, "PUT", works, 200, **form)
    assert (await intake.call(ada, "GET", draft, 200))["draft"] is False


async def test_a_draft_is_its_applicants_alone_and_only_while_it_can_be_handed_in(
    intake: Walker, ada: Applicant
) -> None:
    path, eve = await intake.complete(ada), await intake.sign_in("eve@example.org")
    draft = f"{path}/drafts/essay"
    await intake.call(ada, "PUT", draft, 200, json={"text": "Mine"})
    for method, body in (("GET", None), ("PUT", {"text": "Hers"}), ("DELETE", None)):
        await intake.call(eve, method, draft, 404, json=body)
        await intake.call(None, method, draft, 401, json=body)
    await intake.call(ada, "PUT", f"{path}/drafts/cv", 422, json={"text": "A file"})
    await intake.call(ada, "PUT", f"{path}/drafts/nothing", 404, json={"text": "x"})
    await intake.call(ada, "PUT", draft, 422, json={"text": "a\x00b"})
    await intake.call(ada, "POST", f"{path}/submission", 200)
    await intake.call(ada, "PUT", draft, 409, json={"text": "Too late"})
    # What was not handed in can still be read.
    assert (await intake.call(ada, "GET", draft, 200))["text"] == "Mine"


async def test_the_sweep_keeps_drafts(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(ada, "PUT", f"/api{path}/drafts/essay", 200, json={"text": "Keep me"})
    await intake.sweep(ada)
    assert (await intake.call(ada, "GET", f"/api{path}/drafts/essay", 200))["text"] == "Keep me"
