"""Forms with files from honest and hostile clients: what is taken, what is refused, and that nothing is left behind."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM_OF_FILES
from tests.component.intake.walker import PDF, Applicant, Walker
from tests.component.served import served
from tests.unit.intake.archives import office, ole, open_document
from tests.waiting import until

MEGABYTE = 1024 * 1024
LARGE = PDF + bytes(range(256)) * 5000
FILE = b'Content-Disposition: form-data; name="file"; filename="cv.pdf"\r\nContent-Type: text/html\r\n\r\n'


@pytest.fixture
async def path(intake: Walker, ada: Applicant) -> str:
    path = await intake.open(ada)
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    return path


def form(*parts: bytes, boundary: bytes = b"b", end: bytes = b"--\r\n") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + end


def field(name: str, value: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value


def headers(ada: Applicant, content_type: str = "multipart/form-data; boundary=b") -> dict[str, str]:
    return {**ada.headers, "Content-Type": content_type}


async def in_pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@pytest.mark.parametrize("data", [PDF, LARGE])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_of_the_fields_does_not_matter(
    intake: Walker, ada: Applicant, path: str, data: bytes, order: tuple[int, ...]
) -> None:
    parts = [FILE + data, field("annotation", "My löom".encode()), field("items", b"warp")]
    body = form(*(parts[n] for n in order))
    handed = await intake.call(ada, "PUT", f"{path}/materials/works", 200, content=body, headers=headers(ada))
    assert (handed["media_type"], handed["size"], handed["items"]) == ("application/pdf", len(data), ["warp"])
    (listed,) = (await intake.call(ada, "GET", f"{path}/materials/works", 200))["items"]
    assert listed["annotation"] == "My löom"
    assert (
        await intake.client.get(f"{path}/materials/works/{handed['artifact_id']}", headers=ada.headers)
    ).content == data


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
async def test_a_form_in_pieces_of_any_size_with_its_boundary_in_the_content(
    intake: Walker, ada: Applicant, path: str, size: int
) -> None:
    data = PDF + b"--b\n--b--\r\n-b\r\n--\r\n--B\r\n--a--b--\r\n" * 5 + (LARGE if size > 1000 else b"")
    body = form(FILE + data)
    handed = await intake.call(
        ada, "PUT", f"{path}/materials/cv", 200, content=in_pieces(body, size), headers=headers(ada)
    )
    assert handed["size"] == len(data)
    assert (await intake.client.get(f"{path}/materials/cv", headers=ada.headers)).content == data


BIG = FILE + LARGE
HOSTILE: dict[str, tuple[int, str | None, bytes, str]] = {
    "no boundary in the type": (400, None, form(BIG), "multipart/form-data"),
    "an empty boundary": (400, None, form(BIG), "multipart/form-data; boundary="),
    "a boundary that is too long": (400, None, form(BIG), f"multipart/form-data; boundary={'b' * 300}"),
    "another boundary": (400, None, form(BIG), "multipart/form-data; boundary=other"),
    "no form": (400, None, b"no form at all", "multipart/form-data; boundary=b"),
    "nothing": (400, None, b"", "multipart/form-data; boundary=b"),
    "cut off in the file": (400, None, form(BIG)[:-100], "multipart/form-data; boundary=b"),
    "cut off in the last boundary": (400, None, form(BIG, end=b""), "multipart/form-data; boundary=b"),
    "cut off in a header": (400, None, form(BIG)[:40], "multipart/form-data; boundary=b"),
    "a small file cut off": (400, None, form(FILE + PDF)[:-6], "multipart/form-data; boundary=b"),
    "a part without headers": (400, None, form(b"\r\nno headers"), "multipart/form-data; boundary=b"),
    "a part without a name": (
        400,
        None,
        form(b"Content-Disposition: form-data\r\n\r\nx"),
        "multipart/form-data; boundary=b",
    ),
    "a huge header": (
        400,
        None,
        form(b"X-Long: " + b"x" * MEGABYTE + b"\r\n" + BIG),
        "multipart/form-data; boundary=b",
    ),
    "many headers": (
        400,
        None,
        form(b"".join(b"X-%d: x\r\n" % n for n in range(1000)) + BIG),
        "multipart/form-data; boundary=b",
    ),
    "a header that is none": (400, None, form(b"no colon \x00 here\r\n\r\nx"), "multipart/form-data; boundary=b"),
    "a thousand fields": (422, "body", form(BIG, *[field("items", b"warp")] * 1000), "multipart/form-data; boundary=b"),
    "no file": (422, "file", form(field("annotation", b"x")), "multipart/form-data; boundary=b"),
    "no part": (422, "file", b"--b--\r\n", "multipart/form-data; boundary=b"),
    "a file that is a field": (422, "file", form(field("file", PDF)), "multipart/form-data; boundary=b"),
    "two files": (422, "file", form(BIG, BIG), "multipart/form-data; boundary=b"),
    "a file and a field of its name": (422, "file", form(field("file", b"x"), BIG), "multipart/form-data; boundary=b"),
    "two annotations": (
        422,
        "annotation",
        form(BIG, *[field("annotation", b"x")] * 2),
        "multipart/form-data; boundary=b",
    ),
    "an annotation that is no text": (
        422,
        "annotation",
        form(BIG, field("annotation", b"\xff")),
        "multipart/form-data; boundary=b",
    ),
    "an annotation with U+0000": (
        422,
        "annotation",
        form(BIG, field("annotation", b"a\x00b")),
        "multipart/form-data; boundary=b",
    ),
    "a field that is too long": (
        422,
        "annotation",
        form(BIG, field("annotation", b"x" * 300_000)),
        "multipart/form-data; boundary=b",
    ),
    "an unknown item": (422, "items", form(BIG, field("items", b"yarn")), "multipart/form-data; boundary=b"),
    "an unknown field": (
        422,
        "note\ufffd",
        form(BIG, b'Content-Disposition: form-data; name="note\xff"\r\n\r\nx'),
        "multipart/form-data; boundary=b",
    ),
    "an unknown file": (
        422,
        "other",
        form(FILE.replace(b'"file"', b'"other"') + PDF),
        "multipart/form-data; boundary=b",
    ),
    "an empty file": (422, "file", form(FILE), "multipart/form-data; boundary=b"),
    "no file chosen": (422, "file", form(FILE.replace(b"cv.pdf", b"")), "multipart/form-data; boundary=b"),
    "only spaces": (422, "file", form(FILE + b" \r\n "), "multipart/form-data; boundary=b"),
    "of the wrong kind, and large": (
        415,
        "file",
        form(FILE + b"\x89PNG\r\n\x1a\n" + LARGE),
        "multipart/form-data; boundary=b",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_form_that_does_not_fit_is_refused_and_leaves_nothing(
    intake: Walker, ada: Applicant, path: str, name: str
) -> None:
    status, field, body, content_type = HOSTILE[name]
    for content in (body, in_pieces(body, 5000)):
        refused = await intake.call(
            ada, "PUT", f"{path}/materials/works", status, content=content, headers=headers(ada, content_type)
        )
        assert [error["field"] for error in refused.get("errors", [])] == ([] if field is None else [field])
        assert refused["detail"]
        assert intake.objects(ada) == []
    assert await intake.call(ada, "GET", f"{path}/materials/works", 200) == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("charset", "status"), [("utf-8", 200), ("foo", 415), ("hex", 415), ("idna", 415), ('"\x01"', 415), ("utf-16", 415)]
)
async def test_the_charset_of_a_form_is_utf_8_or_it_is_refused(
    intake: Walker, ada: Applicant, path: str, charset: str, status: int
) -> None:
    body = form(FILE + PDF, field("annotation", "löom".encode()))
    content_type = f"multipart/form-data; charset={charset}; boundary=b"
    await intake.call(ada, "PUT", f"{path}/materials/works", status, content=body, headers=headers(ada, content_type))
    listed = (await intake.call(ada, "GET", f"{path}/materials/works", 200))["items"]
    assert [one["annotation"] for one in listed] == ["löom"] * (status == 200)


REFUSED_KINDS: list[tuple[str, bytes, str]] = [
    ("cv.pdf", b"<!doctype html><script>alert(1)</script>", "a PDF document; by its content it is a web page (HTML)"),
    ("cv.txt", b"<svg onload='alert(1)'/>", "plain text; by its content it is a drawing (SVG)"),
    ("cv", b"<html>", "this is a web page (HTML)"),
    ("cv.pdf", b"\x89PNG\r\n\x1a\n", "a PDF document; by its content it is a picture (PNG)"),
    ("cv.pdf", b"MZ\x90\x00", "a PDF document; by its content it is of a kind that we do not recognise"),
    ("cv.txt", b"Caf\xe9", "save it with the encoding UTF-8"),
    ("C:\\cv\u202etxt.pdf", b"plain words", "a PDF document; by its content it is plain text"),
    ("cv.docx", office("docm"), "this is a ZIP archive, or a document of Word, Excel or the like"),
    ("cv.docx", office("docx"), "this is a ZIP archive, or a document of Word, Excel or the like"),
    ("cv.doc", ole("WordDocument"), "this is an older document of Office"),
]


@pytest.mark.parametrize(("filename", "data", "words"), REFUSED_KINDS)
async def test_a_kind_that_is_not_taken_is_refused_in_words(
    intake: Walker, ada: Applicant, path: str, filename: str, data: bytes, words: str
) -> None:
    for content in (data, data + b" " * MEGABYTE):
        refused = await intake.call(ada, "PUT", f"{path}/materials/cv", 415, files={"file": (filename, content)})
        assert ([error["field"] for error in refused["errors"]], refused["type"]) == (["file"], "wrong_media_type")
        assert words in refused["detail"]
    assert intake.objects(ada) == []


@pytest.mark.parametrize(
    ("filename", "data", "kind", "saved_as"),
    [
        ("cv.txt", "Lebenslauf Ä".encode("utf-16"), "text/plain; charset=utf-16", "cv.txt"),
        ("cv.md", "Läbenslauf".encode(), "text/plain; charset=utf-8", "cv.txt"),
        ("cv", b"\n%PDF-1.7\n" + LARGE, "application/pdf", "cv.pdf"),
        ("any.exe", PDF, "application/pdf", "cv.pdf"),
    ],
)
async def test_what_is_taken_comes_back_with_its_type(
    intake: Walker, ada: Applicant, path: str, filename: str, data: bytes, kind: str, saved_as: str
) -> None:
    handed = await intake.call(ada, "PUT", f"{path}/materials/cv", 200, files={"file": (filename, data)})
    read = await intake.client.get(f"{path}/materials/cv", headers=ada.headers)
    assert (handed["media_type"], read.headers["content-type"], read.content) == (kind, kind, data)
    assert read.headers["content-disposition"] == f'attachment; filename="{saved_as}"'
    assert (read.headers["x-content-type-options"], read.headers["content-security-policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )


async def test_a_text_is_never_missing_while_it_is_replaced(intake: Walker, ada: Applicant, path: str) -> None:
    essay, cv = f"{path}/materials/essay", f"{path}/materials/cv"
    await intake.call(ada, "PUT", essay, 200, json={"text": "Text 0"})
    await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", PDF)})
    replacing = True

    async def replace() -> None:
        nonlocal replacing
        for n in range(1, 40):
            await intake.call(ada, "PUT", essay, 200, json={"text": f"Text {n}"})
            await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", PDF)})
        replacing = False

    async def read() -> None:
        while replacing:
            shown = await intake.call(ada, "GET", essay, 200)
            assert "unreadable" not in shown
            assert (await intake.client.get(cv, headers=ada.headers)).content == PDF

    await asyncio.gather(replace(), *(read() for _ in range(4)))


async def test_documents_are_told_apart_where_they_are_taken(service: StartService) -> None:
    intake = Walker(await service("intake", program_dir=PROGRAM_OF_FILES))
    ada = await intake.sign_in()
    path = await intake.open(ada, "knotting")
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    padding = ("word/media/1.png", bytes(range(256)) * 4096)
    for filename, data, kind in (
        ("a.docx", office("docx"), docx),
        ("a.docx", office("docx", padding, how=0), docx),
        ("a.odt", open_document(), "application/vnd.oasis.opendocument.text"),
    ):
        handed = await intake.call(ada, "PUT", f"{path}/materials/plan", 200, files={"file": (filename, data)})
        assert handed["media_type"] == kind
    for filename, data, words in (
        ("a.docm", office("docm"), "macros"),
        ("a.docx", office("docm"), "macros"),
        ("a.docx", office("docm", padding, how=0), "macros"),
        ("a.docx", office("xlsx"), "by its content it is an Excel workbook (.xlsx)"),
        ("a.docx", ole("EncryptedPackage"), "save it without one"),
        ("a.doc", ole("WordDocument"), "this is an older Word document (.doc)"),
        ("a.docx", office("docx")[:-30], "damaged"),
        ("a.odt", open_document("text", ("Basic/a.xml", b"x")), "macros"),
    ):
        refused = await intake.call(ada, "PUT", f"{path}/materials/plan", 415, files={"file": (filename, data)})
        assert words in refused["detail"], refused["detail"]
    assert len(intake.objects(ada)) == 1


async def test_a_client_that_hangs_up_leaves_nothing_and_no_traceback(
    intake: Walker, ada: Applicant, path: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    head = f"PUT {path}/materials/cv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {ada.headers['Authorization']}\r\n"
    for body, kind in (
        (form(BIG), "multipart/form-data; boundary=b"),
        (b'{"text": "' + b"a" * 900_000 + b'"}', "application/json"),
    ):
        start = f"{head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        async with served(intake.one.running.api) as server:
            for part in (0, 100, 300_000, 800_000):
                await server.raw(start, body[:part], hang_up=True)
    await until(lambda: intake.objects(ada) == [])
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert "request failed" not in told.out + told.err


async def test_lengths_that_lie(intake: Walker, ada: Applicant, path: str) -> None:
    head = (
        f"PUT {path}/materials/cv HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection:"
        f" close\r\nAuthorization: {ada.headers['Authorization']}\r\n"
    )
    head += "Content-Type: multipart/form-data; boundary=b\r\n"
    body = form(FILE + PDF)
    async with served(intake.one.running.api) as server:
        for length, statuses in (
            (len(body) + 1000, (b"200",)),
            (len(body) - 10, (b"400",)),
            (3_000_000_000, (b"413",)),
            (-1, (b"400",)),
            (10, (b"400",)),
        ):
            answer = await server.raw(f"{head}Content-Length: {length}\r\n\r\n".encode(), body)
            assert answer[9:12] in statuses, (length, answer[:200])
        twice = await server.raw(f"{head}Content-Length: 3\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body)
        assert twice[9:12] == b"400"
        chunked = [b"%x\r\n" % len(piece) + piece + b"\r\n" for piece in (body[:10], body[10:])]
        answer = await server.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *chunked, b"0\r\n\r\n")
        assert answer[9:12] == b"200"
    assert [file.read_bytes() for file in intake.objects(ada)] == [PDF]


async def test_a_damaged_large_file_is_not_delivered_whole(
    intake: Walker, ada: Applicant, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cv = f"{path}/materials/cv"
    await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", LARGE)})
    (file,) = intake.objects(ada)
    file.write_bytes(LARGE[:-1] + b"?")
    got: list[bytes] = []

    async def take(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", cv) as answer:
            assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(LARGE)))
            async for piece in answer.aiter_bytes():
                got.append(piece)

    async with (
        served(intake.one.running.api) as server,
        httpx.AsyncClient(base_url=server.url, headers=ada.headers) as client,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await take(client)
        assert (await client.get(path)).status_code == 200
    assert 0 < len(b"".join(got)) < len(LARGE)
    told = capsys.readouterr()
    assert "an object cannot be shown" in told.out + told.err
    assert "Traceback" not in told.out + told.err
