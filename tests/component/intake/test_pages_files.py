"""Pages to hand in files, videos and artifacts. Each refusal keeps what was typed."""

import re

from tests.component.conftest import StartService
from tests.component.intake.browser import beside, browsing, heading, known_as, ticked, typed, went, words
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import PDF, TOO_LARGE, Applicant, Walker


async def test_a_file_is_handed_in_replaced_and_got(intake: Walker, ada: Applicant, path: str) -> None:
    cv = f"{path}/materials/cv"
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(cv)
        said = words(page)
        assert "Taken: a PDF document or plain text, up to 1.9 MB." in said or "up to 2 MB" in said
        assert "take out what names or shows other people" in said
        assert 'accept="application/pdf,text/plain,.pdf,.txt,.text,.md,.markdown"' in page.text
        name = "C:\\cvs\\my\u202e <cv>.pdf"
        assert went(await here.post(cv, files={"file": (name, PDF)})) == (303, cv)
        page = await here.get(cv)
        assert "my <cv>.pdf a PDF document, 22 bytes. Handed in:" in words(page), words(page)
        assert "Hand in a file in its place" in words(page)
        assert f'href="/api{cv}"' in page.text
        got = await here.get(f"/api{cv}")
        assert (got.content, got.headers["content-disposition"]) == (PDF, 'attachment; filename="cv.pdf"')
        large = PDF + bytes(range(256)) * 5000
        assert went(await here.post(cv, files={"file": ("a.pdf", large)})) == (303, cv)
        assert (await here.get(f"/api{cv}")).content == large
        assert len(intake.objects(ada)) == 1
        assert went(await here.post(f"{cv}/removal")) == (303, cv)
        assert intake.objects(ada) == []


async def test_a_file_that_is_refused_has_to_be_chosen_again(intake: Walker, ada: Applicant, path: str) -> None:
    cv = f"{path}/materials/cv"
    again = "Choose the file again: a browser does not keep it."
    async with browsing(intake) as here:
        known_as(ada, here)
        for file, status, fault, remedy in (
            (("cv.pdf", b""), 422, "choose a file that has content", ""),
            (
                ("cv.pdf", b"<html><body>x"),
                415,
                "must be what its name says; CV takes a PDF document or plain text",
                "save it again in the right format",
            ),
            (("cv.txt", "Ünö".encode("latin-1")), 415, "must be a PDF document or plain text", "UTF-8, or as a PDF"),
            (("cv.pdf", TOO_LARGE), 413, "at most 2 MB", "CV takes at most 2 MB."),
        ):
            page = await here.post(cv, files={"file": file})
            assert (page.status_code, beside(page, "file")) == (status, fault)
            assert again in words(page)
            assert remedy in words(page)
        nothing = b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
        sent = {"Content-Type": "multipart/form-data; boundary=b"}
        page = await here.post(cv, content=nothing, headers=sent)
        assert (page.status_code, beside(page, "file")) == (422, "choose a file")
        assert intake.objects(ada) == []


async def test_a_full_application_says_what_takes_the_room(service: StartService) -> None:
    intake = Walker(await service("intake", program_dir=PROGRAM, most_application_bytes=1000))
    ada = await intake.sign_in()
    path = (await intake.open(ada)).removeprefix("/api")
    async with browsing(intake) as here:
        known_as(ada, here)
        await here.post(f"{path}/materials/cv", files={"file": ("cv.pdf", PDF + b" " * 900)})
        page = await here.post(f"{path}/materials/essay", data={"text": "x" * 200 + " y", "based_on": ""})
        assert (page.status_code, typed(page, "text")) == (413, "x" * 200 + " y")
        assert "remove what you need no longer" in beside(page, "text")
        page = await here.post(f"{path}/materials/cv", files={"file": ("cv.pdf", PDF + b" " * 1000)})
        assert (page.status_code, "One application holds at most 1 kB." in words(page)) == (413, True)


async def test_a_video_is_a_link_or_a_file(intake: Walker, ada: Applicant) -> None:
    path = (await intake.open(ada)).removeprefix("/api")
    talk = f"{path}/materials/talk"
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(talk)
        assert "Choose your path first" in words(page)
        assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
        early = {"url": "https://video.example.org/1", "minutes": "17"}
        refused = await here.post(talk, data=early)
        assert (refused.status_code, early["url"] in refused.text) == (409, True)
        assert "What you typed and did not save" in words(refused)
        assert (await here.post(talk, files={"file": ("a.mp4", PDF)})).status_code == 409

        await intake.call(ada, "PUT", f"/api{path}/path", 200, json={"path": "spoken"})
        for data, faults in (
            ({"url": "no address", "minutes": "17"}, {"url": "must be an address, such as https://example.org/film"}),
            ({"url": "javascript:alert(1)", "minutes": "17"}, {"url": None}),
            ({"url": early["url"], "minutes": "14,5"}, {"minutes": "at least 15 minutes; this has 14.5"}),
            ({"url": early["url"], "minutes": "21"}, {"minutes": "at most 20 minutes; this has 21"}),
            ({"url": early["url"], "minutes": "long"}, {"minutes": None}),
            ({"url": "", "minutes": ""}, {"url": None, "minutes": None}),
        ):
            page = await here.post(talk, data=data)
            assert page.status_code == 422, data
            for name, fault in faults.items():
                assert beside(page, name) == fault or fault is None
            assert {name: typed(page, name) for name in data} == data
        assert went(await here.post(talk, data={"url": early["url"], "minutes": "17,5"})) == (303, talk)
        page = await here.get(talk)
        assert f'<a href="{early["url"]}" rel="noopener noreferrer">' in page.text
        assert "Minutes: 17.5" in words(page)
        assert (typed(page, "url"), typed(page, "minutes")) == (early["url"], "17.5")
        mp4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 50
        assert went(await here.post(talk, data={"minutes": "16"}, files={"file": ("talk.mp4", mp4)})) == (303, talk)
        page = await here.get(talk)
        assert "talk.mp4 a video (MP4)" in words(page)


async def test_artifacts_and_what_they_evidence(intake: Walker, ada: Applicant, path: str) -> None:
    works = f"{path}/materials/works"
    async with browsing(intake) as here:
        known_as(ada, here)
        page = await here.get(works)
        assert "0 of 2 have evidence Warp (nothing yet) Weft (nothing yet)" in words(page)
        first = {"annotation": "My löom", "items": ["warp"]}
        assert went(await here.post(works, data=first, files={"file": ("loom.pdf", PDF)})) == (303, works)
        page = await here.get(works)
        assert "The material is added." in words(page)
        assert "1 of 2 have evidence Warp (material 1) Weft (nothing yet)" in words(page)
        assert re.search(r"loom\.pdf a PDF document, .* My löom Warp Take back loom\.pdf", words(page)) is not None
        assert typed(page, "annotation") == ""

        for data, file, status, name in (
            ({"annotation": "a b c d e f", "items": ["warp", "weft"]}, PDF, 422, "annotation"),
            ({"annotation": "a\nb", "items": ["weft"]}, b"GIF89a", 415, "file"),
            ({"annotation": "a\nb", "items": ["weft"]}, b"", 422, "file"),
            ({"annotation": "a", "items": ["yarn"]}, PDF, 422, "items"),
        ):
            page = await here.post(works, data=data, files={"file": ("pattern.pdf", file)})
            assert page.status_code == status, data
            assert beside(page, name)
            assert (typed(page, "annotation"), ticked(page)) == (
                data["annotation"],
                [one for one in data["items"] if one != "yarn"],
            )

        intake.one.clock.move(seconds=1)
        second = {"annotation": "  ", "items": ["warp", "weft"]}
        assert went(await here.post(works, data=second, files={"file": ("b.txt", b"A pattern.")})) == (303, works)
        page = await here.get(works)
        assert "2 of 2 have evidence Warp (materials 1 and 2) Weft (material 2)" in words(page)
        assert "There is no room for another" in words(page)
        assert 'type="file"' not in page.text
        full = await here.post(works, data=first, files={"file": ("c.pdf", PDF)})
        assert (full.status_code, "takes at most 2; remove one" in words(full)) == (409, True)

        (one, two) = (await intake.call(ada, "GET", f"/api{works}", 200))["items"]
        assert (one["filename"], one["annotation"], "annotation" in two) == ("loom.pdf", "My löom", False)
        assert (await here.get(f"/api{works}/{one['artifact_id']}")).content == PDF
        remove = {"artifact_id": one["artifact_id"]}
        assert went(await here.post(f"{works}/removal", data=remove)) == (303, works)
        assert went(await here.post(f"{works}/removal", data=remove)) == (303, works)
        assert [left["artifact_id"] for left in (await intake.call(ada, "GET", f"/api{works}", 200))["items"]] == [
            two["artifact_id"]
        ]
        assert (await here.post(f"{works}/removal", data={"artifact_id": "x"})).status_code == 422


async def test_a_file_that_is_too_large_loses_nothing_that_stands_before_it(intake: Walker, ada: Applicant) -> None:
    path = (await intake.open(ada)).removeprefix("/api")
    await intake.call(ada, "PUT", f"/api{path}/path", 200, json={"path": "shown", "answer": "often"})
    huge = PDF + b" " * (26 * 1024 * 1024)
    async with browsing(intake) as here:
        known_as(ada, here)
        data = {"annotation": "My loom", "items": ["weft"]}
        page = await here.post(f"{path}/materials/works", data=data, files={"file": ("a.pdf", huge)})
        assert (page.status_code, typed(page, "annotation"), ticked(page)) == (413, "My loom", ["weft"])
        assert beside(page, "file") == "at most 26.2 MB"
        broken = await here.post(
            f"{path}/materials/works",
            content=b'--b\r\nContent-Disposition: form-data; name="annotation"\r\n\r\nLoom\r\n--b\r\nno',
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        assert (broken.status_code, heading(broken)) == (400, "The request cannot be read")
        assert intake.objects(ada) == []
