"""Texts to a case: damaged, left behind, or written by people without a part in it."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.review.domain import cases, panels
from services.review.store import cases as store
from tests.component.intake.test_damaged import DAMAGES, apply
from tests.component.review.bench_of_judges import AWARD, Bench
from tests.component.served import served
from tests.waiting import until_one_waits

NOTED = {
    "items": {"weft": {"level": "demonstrated", "note": "Even."}, "warp": {"level": "emerging"}},
    "comment": "Well.",
}
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42" + bytes(range(256)) * 8000


def folder(bench: Bench) -> Path:
    return bench.one.keys.folder / "objects"


async def judged(bench: Bench) -> tuple[str, UUID]:
    """A decided case with every text that there is, and its applicant."""
    case, submitted = await bench.case()
    dora = await bench.reviewer()
    await bench.ok("POST", f"/cases/{case}/declaration", bench.ann, {"conflict": True, "reason": "Kin."})
    await bench.ok("POST", f"/cases/{case}/assignments", bench.staff, {"person_id": str(dora)})
    for who in (bench.ben, dora):
        await bench.declare(case, who)
        await bench.ok("PUT", f"/cases/{case}/scores", who, NOTED)
        await bench.ok("POST", f"/cases/{case}/scores/submission", who)
    await bench.declare(case, bench.chair)
    ruling = AWARD | {"items": {"warp": {"level": "demonstrated", "reason": "The interview."}}}
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, ruling)
    return case, submitted.person_id


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damaged_texts_take_nothing_with_them(bench: Bench, damage: str) -> None:
    case, _ = await judged(bench)
    viewers = {"chair": bench.chair, "staff": bench.staff, "reviewer": bench.ben}
    before = {role: await bench.ok("GET", f"/cases/{case}", who) for role, who in viewers.items()}
    assert next(seat["reason"] for seat in before["staff"]["panel"] if "reason" in seat) == "Kin."
    assert before["reviewer"]["scores"]["items"]["weft"]["note"] == "Even."
    words = {apply(damage, folder(bench) / name) for name in await bench.all_objects()}.pop()
    for role, who in viewers.items():
        seen = await bench.ok("GET", f"/cases/{case}", who)
        told = seen["panel_scores"][0]["unreadable"]
        assert words in told
        assert seen == _in_words(before[role], told)


def _in_words(seen: dict[str, Any], told: str) -> dict[str, Any]:
    """The same case, with every text replaced by these words."""

    def scores(one: dict[str, Any]) -> dict[str, Any]:
        items = {item: {**score, "note": told} for item, score in one["items"].items()}
        return one | {"items": items, "comment": told, "unreadable": told}

    changed = dict(seen)
    changed["panel_scores"] = [scores(one) for one in seen["panel_scores"]]
    if "scores" in seen:
        changed["scores"] = scores(seen["scores"])
    if "panel" in seen:
        changed["panel"] = [seat | ({"reason": told} if "reason" in seat else {}) for seat in seen["panel"]]
    if "letter" in seen["decision"]:
        texts = {"letter": told, "feedback": {"weft": told, "warp": told}, "unreadable": told}
        changed["decision"] = seen["decision"] | texts
    return changed


async def test_notes_are_never_missing_while_they_are_replaced(bench: Bench) -> None:
    case, _ = await bench.case()
    await bench.declare(case, bench.ann)
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, NOTED)
    replacing = True

    async def replace() -> None:
        nonlocal replacing
        for _ in range(40):
            await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, NOTED)
        replacing = False

    async def read() -> None:
        while replacing:
            assert (await bench.ok("GET", f"/cases/{case}", bench.ann))["scores"]["comment"] == "Well."

    await asyncio.gather(replace(), *(read() for _ in range(4)))


@pytest.mark.parametrize("data", [b"[]", b'{"items": {"weft": 1}}', b"no JSON", b"\xff"])
async def test_notes_that_are_not_what_was_written(bench: Bench, data: bytes) -> None:
    case, submitted = await bench.case()
    await bench.declare(case, bench.ann)
    await bench.ok("PUT", f"/cases/{case}/scores", bench.ann, NOTED)
    odd = await bench.review_objects.put(submitted.person_id, data, "application/json")
    await bench.one.database.pool.execute(
        "UPDATE seats SET notes = $1 WHERE person_id = $2", odd.model_dump(), bench.ann
    )
    scores = (await bench.ok("GET", f"/cases/{case}", bench.ann))["scores"]
    assert "not of the kind that was written" in scores["unreadable"]
    assert (scores["comment"], scores["items"]["weft"]) == (
        scores["unreadable"],
        {"level": "demonstrated", "note": scores["unreadable"]},
    )


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_material_is_refused_in_words(bench: Bench, damage: str) -> None:
    case, submitted = await bench.case()
    await bench.declare(case, bench.ann)
    work = submitted.materials[1]
    assert work.annotation is not None
    words = {
        apply(damage, folder(bench) / claim.name)
        for claim in (submitted.materials[0].content, work.content, work.annotation)
    }.pop()
    works = {"artifact_id": str(work.artifact_id)}
    for requirement, query in (("essay", {}), ("works", works), ("works", works | {"part": "annotation"})):
        problem = await bench.refused(
            404 if damage == "gone" else 503, "GET", f"/cases/{case}/materials/{requirement}", bench.ann, **query
        )
        assert words in problem["detail"]
    assert (await bench.ok("GET", f"/cases/{case}", bench.ann))["state"] == "scoring"


async def test_a_large_material_is_streamed_and_a_damaged_one_breaks_off(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    submitted = await bench.submission(await bench.applicant())
    video = await bench.claim(submitted.person_id, VIDEO, "video/mp4")
    material = submitted.materials[0].model_copy(update={"content": video})
    await bench.one.deliver(submitted.model_copy(update={"materials": (material,)}))
    case = await bench.case_of(submitted)
    await bench.declare(case, bench.ann)
    address = f"/api/review/cases/{case}/materials/essay"
    got: list[bytes] = []

    async def take(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", address) as answer:
            assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
            assert answer.headers["content-disposition"].endswith('-essay.mp4"')
            async for piece in answer.aiter_bytes():
                got.append(piece)

    headers = bench.one.session_for(bench.ann)
    async with (
        served(bench.one.running.api) as server,
        httpx.AsyncClient(base_url=server.url, headers=headers) as client,
    ):
        await take(client)
        assert b"".join(got) == VIDEO
        got.clear()
        (folder(bench) / video.name).write_bytes(VIDEO[:-1] + b"?")
        with pytest.raises(httpx.RemoteProtocolError):
            await take(client)
    assert 0 < len(b"".join(got)) < len(VIDEO)
    told = capsys.readouterr()
    assert "an object cannot be shown" in told.out + told.err
    assert "Traceback" not in told.out + told.err


async def sweep(bench: Bench, *, hours: int) -> None:
    for name in await bench.all_objects():
        at = time.time() - hours * 3600
        os.utime(folder(bench) / name, (at, at))
    await bench.one.run_job("sweep-objects")


async def test_texts_that_no_row_names_are_swept_after_a_day_and_all_others_stay(bench: Bench) -> None:
    case, applicant = await judged(bench)
    named = await bench.all_objects()
    assert len(named) == 6, (
        "the reason of a conflict, two reviewers' notes, the letter, the feedback, the chair's reasons"
    )
    before = await bench.ok("GET", f"/cases/{case}", bench.staff)
    for about in (applicant, UUID(int=0), uuid4()):
        await bench.review_objects.put(about, b"no row", "text/plain")
    await sweep(bench, hours=23)
    assert len(await bench.all_objects()) == 9
    await sweep(bench, hours=25)
    assert await bench.all_objects() == named
    assert await bench.ok("GET", f"/cases/{case}", bench.staff) == before


async def test_who_has_nothing_to_do_with_a_case_leaves_no_text(bench: Bench) -> None:
    case, submitted = await bench.case()
    stranger = await bench.reviewer()
    for who, where in (
        (stranger, case),
        (stranger, str(uuid4())),
        (submitted.person_id, case),
        (bench.ann, str(submitted.application_id)),
    ):
        for method, path, body in (
            ("POST", "declaration", {"conflict": True, "reason": "Kin."}),
            ("PUT", "scores", NOTED),
            ("POST", "decision", AWARD),
        ):
            for key in (None, str(uuid4())):
                answer = await bench.call(method, f"/cases/{where}/{path}", who, body, key)
                assert answer.status_code == 404, answer.text
    assert await bench.all_objects() == []


@pytest.mark.parametrize(("change", "status"), [("closed", 409), ("released", 404)])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "declaration", {"conflict": True, "reason": "Kin."}),
        ("PUT", "scores", NOTED),
        ("POST", "decision", AWARD),
    ],
)
@pytest.mark.parametrize("key", [None, "a-key"])
async def test_a_text_does_not_outlive_a_command_that_loses_its_case_meanwhile(
    bench: Bench, change: str, status: int, method: str, path: str, body: Any, key: str | None
) -> None:
    """It is put, and then the case is closed, or its writer loses the seat, before it can be saved."""
    who = bench.chair if path == "decision" else bench.ann
    case, _ = await (bench.deciding() if path == "decision" else bench.case())
    if path == "scores":
        await bench.declare(case, who)
    async with bench.one.database.transaction() as tx:
        found = await store.load(tx, UUID(case))
        assert found is not None
        commanded = asyncio.create_task(bench.call(method, f"/cases/{case}/{path}", who, body, key))
        await until_one_waits(bench.one.database)
        assert len(await bench.all_objects()) > 0
        after = cases.withdraw(found.case) if change == "closed" else panels.released(found.case, [who])
        await store.save(tx, found.case, after)
    assert (await commanded).status_code == status
    assert await bench.all_objects() == []
