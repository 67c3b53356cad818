"""Handing in, reading and taking back, over HTTP and with a real object store."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chassis.objects import ObjectStore
from contracts.events.applications import ApplicationSubmitted
from tests.component.intake.walker import PDF, Applicant, Walker, rfc3339

MEGABYTE = 1024 * 1024


@pytest.fixture
async def path(intake: Walker, ada: Applicant) -> str:
    return await intake.open(ada)


async def test_texts_links_and_files_are_read_back(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "spoken"})
    text = await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": " Warp ánd weft. "})
    assert text == {
        "requirement": "essay",
        "kind": "essay",
        "media_type": "text/plain",
        "size": 15,
        "words": 3,
        "handed_in_at": rfc3339(intake.one.clock()),
    }
    assert await intake.call(ada, "GET", f"{path}/materials/essay", 200) == text | {"text": "Warp ánd weft."}
    link = await intake.call(
        ada, "PUT", f"{path}/materials/talk", 200, json={"url": "https://video.example.org/1", "minutes": 15.5}
    )
    assert await intake.call(ada, "GET", f"{path}/materials/talk", 200) == link | {
        "url": "https://video.example.org/1",
        "minutes": 15.5,
    }
    file = await intake.call(
        ada, "PUT", f"{path}/materials/cv", 200, files={"file": ("anything.exe", PDF, "text/html")}
    )
    assert (file["media_type"], file["size"]) == ("application/pdf", len(PDF))
    read = await intake.client.get(f"{path}/materials/cv", headers=ada.headers)
    assert (read.status_code, read.content, read.headers["content-type"]) == (200, PDF, "application/pdf")
    assert read.headers["content-disposition"] == 'attachment; filename="cv.pdf"'
    shown = await intake.call(ada, "GET", path, 200)
    assert {
        one["key"]: [material["media_type"] for material in one.get("materials", [])] for one in shown["requirements"]
    } == {
        "readiness": [],
        "cv": ["application/pdf"],
        "talk": ["application/json"],
        "essay": ["text/plain"],
    }
    assert str(ada.person_id) not in str(shown)


async def test_a_large_file_goes_through_in_pieces(intake: Walker, ada: Applicant, path: str) -> None:
    data = b"%PDF-1.7\n" + bytes(range(256)) * 7000
    assert len(data) > MEGABYTE
    handed = await intake.call(ada, "PUT", f"{path}/materials/cv", 200, files={"file": ("cv.pdf", data)})
    assert handed["size"] == len(data)
    assert (await intake.client.get(f"{path}/materials/cv", headers=ada.headers)).content == data


async def test_artifacts_with_annotations_and_items(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    works = f"{path}/materials/works"
    one = await intake.call(
        ada,
        "PUT",
        works,
        200,
        files={"file": ("a", PDF)},
        data={"annotation": "My first loom", "items": ["warp", "weft"]},
    )
    assert one["items"] == ["warp", "weft"]
    intake.one.clock.move(seconds=1)
    two = await intake.call(ada, "PUT", works, 200, files={"file": ("b", b"A pattern in words.")})
    assert two["media_type"] == "text/plain; charset=utf-8"
    refused = await intake.call(ada, "PUT", works, 409, files={"file": ("c", PDF)})
    assert refused["type"] == "too_many"
    listed = await intake.call(ada, "GET", works, 200)
    assert listed == {"items": [one | {"annotation": "My first loom"}, two], "next": None}
    assert (
        await intake.client.get(f"{works}/{two['artifact_id']}", headers=ada.headers)
    ).content == b"A pattern in words."
    await intake.call(ada, "GET", f"{works}/{uuid4()}", 404)

    await intake.call(ada, "DELETE", f"{works}/{two['artifact_id']}", 204)
    await intake.call(ada, "DELETE", f"{works}/{two['artifact_id']}", 404)
    await intake.call(ada, "PUT", works, 200, files={"file": ("c", PDF)})
    await intake.call(ada, "DELETE", works, 204)
    for data, field in (
        ({"items": ["yarn"]}, "items"),
        ({"annotation": "one two three four five six"}, "annotation"),
        ({"note": "x"}, "note"),
    ):
        refused = await intake.call(ada, "PUT", works, 422, files={"file": ("d", PDF)}, data=data)
        assert [error["field"] for error in refused["errors"]] == [field]
    assert await intake.call(ada, "GET", works, 200) == {"items": [], "next": None}


async def test_many_artifacts_at_the_same_moment_stay_within_the_limit(
    intake: Walker, ada: Applicant, path: str
) -> None:
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    works = f"{path}/materials/works"
    answers = await asyncio.gather(
        *(intake.client.put(works, files={"file": ("a", PDF)}, headers=ada.headers) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409, 409, 409]
    assert len((await intake.call(ada, "GET", works, 200))["items"]) == 2
    assert len(intake.objects(ada)) == 2


async def test_what_was_replaced_or_taken_back_goes_at_once(intake: Walker, ada: Applicant, path: str) -> None:
    essay, cv, readiness = f"{path}/materials/essay", f"{path}/materials/cv", f"{path}/self-assessment"
    await intake.call(ada, "PUT", essay, 200, json={"text": "First words"})
    await intake.call(ada, "PUT", essay, 200, json={"text": "Second words"})
    for n in range(5):
        await intake.call(ada, "PUT", cv, 200, files={"file": ("cv", PDF + b"%d" % n + b" " * MEGABYTE)})
    assert [file.stat().st_size for file in sorted(intake.objects(ada), key=lambda file: file.stat().st_size)] == [
        12,
        len(PDF) + 1 + MEGABYTE,
    ]
    assert (await intake.client.get(cv, headers=ada.headers)).content == PDF + b"4" + b" " * MEGABYTE
    await intake.call(ada, "DELETE", cv, 204)
    await intake.call(ada, "GET", cv, 404)
    await intake.call(ada, "DELETE", cv, 404)
    assert [file.read_text() for file in intake.objects(ada)] == ["Second words"]
    for rating in (1, 2):
        await intake.call(ada, "PUT", readiness, 200, json={"ratings": {"warp": rating}})
    assert sorted(file.read_text() for file in intake.objects(ada)) == ["Second words", '{"warp":2}']

    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    works = f"{path}/materials/works"
    for n in range(2):
        one = await intake.call(ada, "PUT", works, 200, files={"file": ("a", PDF)}, data={"annotation": f"Loom {n}"})
    assert len(intake.objects(ada)) == 6
    await intake.call(ada, "DELETE", f"{works}/{one['artifact_id']}", 204)
    assert len(intake.objects(ada)) == 4
    await intake.call(ada, "DELETE", works, 204)
    assert len(intake.objects(ada)) == 2


async def test_a_refused_withdrawal_leaves_no_text(intake: Walker, ada: Applicant, path: str) -> None:
    withdrawal = f"{path}/withdrawal"
    await intake.call(ada, "POST", withdrawal, 200, json={"reason": "Enough"})
    assert (await intake.call(ada, "POST", withdrawal, 409, json={"reason": "Enough of it"}))["type"] == "wrong_state"
    assert [file.read_text() for file in intake.objects(ada)] == ["Enough"]


async def test_what_a_process_left_between_object_and_row_is_swept_after_a_day(
    intake: Walker, ada: Applicant, path: str
) -> None:
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "Two words"})
    (kept,) = intake.objects(ada)
    store = ObjectStore.open("intake", f"file://{intake.one.keys.folder}/objects")
    await store.put(ada.person_id, b"no row", "text/plain")
    interrupted = kept.with_name("being-written#1")
    interrupted.write_bytes(b"half a fi")
    await intake.sweep(ada, hours=23)
    assert len(intake.objects(ada)) == 3
    await intake.sweep(ada)
    assert intake.objects(ada) == [kept]
    assert (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"] == "Two words"


async def test_the_sweep_leaves_whatever_a_row_names(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    await intake.call(
        ada, "PUT", f"{path}/materials/works", 200, files={"file": ("a", PDF)}, data={"annotation": "Loom"}
    )
    await intake.call(ada, "POST", f"{path}/withdrawal", 200, json={"reason": "Enough"})
    before = intake.objects(ada)
    assert len(before) == 7
    await intake.sweep(ada)
    assert intake.objects(ada) == before


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


async def test_what_does_not_fit_is_refused_and_leaves_no_object(intake: Walker, ada: Applicant, path: str) -> None:
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "spoken"})
    before = await intake.call(ada, "GET", path, 200)
    cases: list[tuple[str, int, str | None, dict[str, object]]] = [
        ("essay", 422, "text", {"json": {"text": "One"}}),
        ("essay", 422, "text", {"json": {"text": "1 2 3 4 5 6 7"}}),
        ("essay", 422, "text", {"json": {"text": "nul \x00 here"}}),
        ("essay", 422, "text", {"json": {}}),
        ("essay", 422, "title", {"json": {"text": "Two words", "title": "T"}}),
        ("essay", 422, "body", {"json": ["Two words"]}),
        ("essay", 422, "body", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        ("essay", 422, "file", {"files": {"file": ("a", PDF)}}),
        ("essay", 415, None, {"content": b"Two words", "headers": {"Content-Type": "text/plain"}}),
        ("essay", 415, None, {}),
        ("essay", 413, None, {"json": {"text": "word " * 300_000}}),
        ("talk", 422, "minutes", {"json": {"url": "https://video.example.org", "minutes": 14}}),
        ("talk", 422, "minutes", {"json": {"url": "https://video.example.org"}}),
        ("talk", 422, "minutes", {"json": {"url": "https://video.example.org", "minutes": True}}),
        ("talk", 422, "minutes", {"json": {"url": "https://video.example.org", "minutes": "17"}}),
        ("talk", 422, "minutes", {"json": {"url": "https://video.example.org", "minutes": 20.0000001}}),
        ("talk", 422, "url", {"json": {"url": "https://video.example.org/\x00", "minutes": 17}}),
        ("talk", 422, "url", {"json": {"url": "javascript:alert(1)", "minutes": 16}}),
        ("cv", 422, "text", {"json": {"text": "My life"}}),
        ("cv", 422, "file", {"files": {"file": ("a", b"")}}),
        ("cv", 422, "file", {"files": {"other": ("a", PDF)}, "data": {}}),
        ("cv", 422, "annotation", {"files": {"file": ("a", PDF)}, "data": {"annotation": "Mine"}}),
        ("cv", 415, "file", {"files": {"file": ("cv.pdf", b"\x89PNG\r\n\x1a\n....", "application/pdf")}}),
        ("cv", 415, "file", {"files": {"file": ("cv.pdf", zipped(("word/document.xml", b"x")), "application/pdf")}}),
        ("cv", 413, "file", {"files": {"file": ("cv.pdf", PDF + b" " * 2 * MEGABYTE)}}),
        ("cv", 413, "file", {"files": {"file": ("cv.pdf", PDF + b" " * 8 * MEGABYTE)}}),
        ("readiness", 409, None, {"json": {"text": "Two words"}}),
        ("works", 409, None, {"files": {"file": ("a", PDF)}}),
        ("poem", 404, None, {"json": {"text": "Two words"}}),
    ]
    for key, status, field, request in cases:
        refused = await intake.call(ada, "PUT", f"{path}/materials/{key}", status, **request)
        fields = [error["field"] for error in refused.get("errors", [])]
        assert (key, request.keys(), fields[:1]) == (
            key,
            request.keys(),
            [] if field is None else ["other"] if "other" in str(request) else [field],
        )
    assert await intake.call(ada, "GET", path, 200) == before
    assert intake.objects(ada) == []


async def test_a_file_without_a_declared_length_is_cut_off_while_it_comes(
    intake: Walker, ada: Applicant, path: str
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-1.7\n'
        for _ in range(64):
            sent += 1
            yield b" " * MEGABYTE

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    refused = await intake.call(ada, "PUT", f"{path}/materials/cv", 413, content=endless(), headers=headers)
    assert refused["type"] == "too_large"
    assert sent <= 4
    assert intake.objects(ada) == []


async def test_large_bodies_are_taken_for_materials_only(intake: Walker, ada: Applicant, path: str) -> None:
    large = {"files": {"file": ("a", PDF + b" " * 2 * MEGABYTE)}}
    for method, address in (
        ("POST", "/api/sign-in"),
        ("POST", "/sign-in"),
        ("PUT", f"{path}/agreement"),
        ("POST", f"{path}/materials/cv"),
        ("PUT", f"{path}/materials/cv/{uuid4()}"),
    ):
        assert (await intake.call(ada, method, address, 413, **large))["type"] == "too_large"


async def test_a_broken_form_is_refused(intake: Walker, ada: Applicant, path: str) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=b"):
        answer = await intake.client.put(
            f"{path}/materials/cv", content=b"no boundary at all", headers={**ada.headers, "Content-Type": content_type}
        )
        assert answer.status_code in (400, 422)


async def test_only_the_chosen_path_goes_to_the_panel(intake: Walker, ada: Applicant) -> None:
    path = await intake.complete(ada)
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    await intake.call(
        ada,
        "PUT",
        f"{path}/materials/works",
        200,
        files={"file": ("a", PDF)},
        data={"annotation": "Loom", "items": ["weft"]},
    )
    await intake.call(ada, "POST", f"{path}/submission", 200)
    (event,) = await intake.one.events(ApplicationSubmitted)
    assert isinstance(event, ApplicationSubmitted)
    assert [material.requirement for material in event.materials] == ["cv", "works", "essay"]
    work = event.materials[1]
    assert (work.items, work.annotation is not None, work.artifact_id is not None) == (("weft",), True, True)
    folder = intake.one.keys.folder / "objects"
    assert work.annotation is not None
    assert (folder / work.annotation.name).read_text() == "Loom"
    assert (folder / event.materials[0].content.name).read_bytes() == PDF
