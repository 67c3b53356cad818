"""The export of one's data: at once by the API, in the background by page."""

import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.objects import ObjectStore
from contracts.events.links import ExportReady
from contracts.refusals import TooOften
from services.intake.exporting import Exporter
from tests.component.intake.browser import browsing, known_as, sign_in_by_page, went, words
from tests.component.intake.walker import PDF, Applicant, Walker
from web.rendering import Pages

HOSTILE = "../..\\\u202efdp.exe" + "x" * 300 + ".pdf"
ESSAY = "Periwinkle <b>threads</b> cross."


@pytest.fixture
async def full(intake: Walker) -> Applicant:
    """Somebody who has handed in everything, was decided about, and has a second application."""
    who = await intake.sign_in("wisteria@example.org")
    path = await intake.open(who)
    await intake.call(who, "PUT", f"{path}/self-assessment", 200, json={"ratings": {"warp": 1, "weft": 4}})
    await intake.call(who, "PUT", f"{path}/path", 200, json={"path": "spoken"})
    await intake.call(who, "PUT", f"{path}/materials/cv", 200, files={"file": (HOSTILE, PDF)})
    await intake.call(
        who, "PUT", f"{path}/materials/talk", 200, json={"url": "https://video.example.org/1", "minutes": 17}
    )
    await intake.call(who, "PUT", f"{path}/materials/essay", 200, json={"text": ESSAY})
    await intake.call(who, "POST", f"{path}/submission", 200)
    await intake.one.deliver(intake.opened(who, path), await intake.decided(who, path))
    intake.one.clock.move(minutes=1)
    await intake.open(who)
    return who


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found


async def test_the_zip_has_all_that_was_handed_in_and_said(intake: Walker, full: Applicant, tmp_path: Path) -> None:
    found = opened(await intake.client.get("/api/me/export", headers=full.headers))
    names = found.namelist()
    assert names[-2:] == ["data.json", "index.html"]
    assert all(name.startswith("files/") and ".." not in name and "\\" not in name for name in names[:-2]), names
    found.extractall(tmp_path)
    contents = {name: (tmp_path / name).read_bytes() for name in names}
    texts = set(contents.values())
    assert {PDF, ESSAY.encode(), b"Dear Ada", b'{"weft": "More weft."}'} <= texts

    data = json.loads(contents["data.json"])
    assert (data["format"], data["person_id"]) == ("microcred-export/1", str(full.person_id))
    sections: dict[str, list[dict[str, Any]]] = data["sections"]
    assert sections["people"][0]["email"] == full.email
    assert [one["state"] for one in sections["applications"]] == ["not_yet", "open"]
    assert sections["applications"][0]["basic"]["position"] == "Weaver"
    files = [one["content"]["file"] for one in sections["materials"]]
    assert sorted(files) == sorted(name for name in names if "cv" in name or name in files)
    assert {one["requirement"] for one in sections["materials"]} == {"cv", "essay", "talk", "readiness"}
    assert sections["decisions"][0]["outcome"] == "not_yet"
    named = {part["file"] for rows in sections.values() for row in rows for part in row.values() if is_file(part)}
    assert named == set(names) - {"data.json", "index.html"}


def is_file(part: object) -> bool:
    return isinstance(part, dict) and set(part) == {"file", "media_type", "size"}


async def test_the_page_reads_in_the_persons_language_without_scripts(intake: Walker, full: Applicant) -> None:
    async with browsing(intake, "es") as here:
        await known_as(full, here).post("/language", data={"language": "es"})
    found = opened(await intake.client.get("/api/me/export", headers=full.headers))
    page = found.read("index.html").decode()
    assert '<html lang="es">' in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "")
    for said in ("Sus datos", "Lo que entregó", "Sus solicitudes", full.email, "Weaver"):
        assert said in page, said
    for name in found.namelist():
        if name.startswith("files/"):
            assert f'href="{httpx.URL("").copy_with(path=name).path}"' in page or name.split("/")[1] in page, name


async def test_a_file_that_cannot_be_read_is_named_and_stops_nothing(intake: Walker, full: Applicant) -> None:
    for file in intake.objects(full):
        if file.read_bytes() == PDF:
            file.unlink()
        elif file.read_bytes() == ESSAY.encode():
            file.write_bytes(b"?" * len(ESSAY.encode()))
    found = opened(await intake.client.get("/api/me/export", headers=full.headers))
    data = json.loads(found.read("data.json"))["sections"]["materials"]
    assert {one["requirement"] for one in data if one["content"]["file"] is None} == {"cv", "essay"}
    assert "This file could not be read" in found.read("index.html").decode()


async def test_nobody_gets_anything_of_somebody_else(intake: Walker, full: Applicant, ada: Applicant) -> None:
    found = opened(await intake.client.get("/api/me/export", headers=ada.headers))
    assert set(found.namelist()) == {"data.json", "index.html"}
    assert full.email not in found.read("data.json").decode()
    await intake.call(None, "GET", "/api/me/export", 401)
    async with browsing(intake) as here:
        assert went(await here.get("/account/export")) == (303, "/sign-in?next=%2Faccount%2Fexport")
        assert (await known_as(ada, here).get("/account/export")).status_code == 404


async def test_one_at_a_time(intake: Walker, full: Applicant) -> None:
    answers = await asyncio.gather(*(intake.client.get("/api/me/export", headers=full.headers) for _ in range(5)))
    assert {one.status_code for one in answers} <= {200, 429}
    opened(await intake.client.get("/api/me/export", headers=full.headers))


def test_a_second_one_to_the_same_person_waits_for_the_end_of_the_first(tmp_path: Path) -> None:
    exporter = Exporter(ObjectStore.open("intake", f"file://{tmp_path}"), Pages(tmp_path), {})
    one, other = uuid4(), uuid4()
    exporter.begin(one)
    exporter.begin(other)
    with pytest.raises(TooOften):
        exporter.begin(one)
    exporter.end(one)
    exporter.begin(one)


async def test_by_page_it_is_made_in_the_background_told_by_mail_and_deleted_in_time(
    intake: Walker, full: Applicant
) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, full.email)
        assert "Take out your data" in words(await here.get("/account"))
        for _ in range(2):
            assert went(await here.post("/account/export")) == (303, "/account#data")
        assert "It is being made." in words(await here.get("/account"))
        assert (await here.get("/account/export")).status_code == 404
        await intake.one.run_job("make-exports")
        [ready] = await intake.one.events(ExportReady)
        assert isinstance(ready, ExportReady)
        assert ready.person_id == full.person_id
        page = await here.get("/account")
        assert "Save your data (ZIP)" in words(page)
        saved = await here.get("/account/export")
        assert saved.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
        assert "files/" in "".join(opened(saved).namelist())

        before = len(intake.objects(full))
        await here.post("/account/export")
        assert len(intake.objects(full)) == before - 1, "the earlier one goes"
        await intake.one.run_job("make-exports")
        await intake.sweep(full)
        opened(await here.get("/account/export"))

        intake.one.clock.move(days=7)
        await intake.one.run_job("forget-exports")
        await sign_in_by_page(intake, here, full.email)
        assert "is deleted" in words(await here.get("/account"))
        assert (await here.get("/account/export")).status_code == 404
        assert len(intake.objects(full)) == before - 1


async def test_what_was_interrupted_is_made_again_and_given_up_in_the_end(intake: Walker, full: Applicant) -> None:
    pool = intake.one.database.pool
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, full.email)
        await here.post("/account/export")
        await pool.execute("UPDATE exports SET state = 'making', attempts = 1")
        await intake.one.run_job("make-exports")
        assert "Save your data" in words(await here.get("/account"))
        await here.post("/account/export")
        await pool.execute("UPDATE exports SET state = 'making', attempts = 3")
        await intake.one.run_job("make-exports")
        assert "It could not be made" in words(await here.get("/account"))
        assert "Take out your data" in words(await here.get("/account"))


async def test_an_erasure_takes_what_was_made_and_what_is_being_made(intake: Walker, full: Applicant) -> None:
    async with browsing(intake) as here:
        await sign_in_by_page(intake, here, full.email)
        await here.post("/account/export")
        await intake.one.run_job("make-exports")
    await intake.call(full, "DELETE", "/api/me", 204)
    await intake.one.run_job("erase")
    await intake.one.run_job("make-exports")
    assert intake.objects(full) == []
    assert await intake.one.database.pool.fetchval("SELECT count(*) FROM exports") == 0
