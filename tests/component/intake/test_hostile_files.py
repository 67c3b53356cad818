"""Harmful files and names: each is refused in words, or kept as something harmless."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator

import pytest

from tests.component.intake.walker import PDF, Applicant, Walker
from tests.component.served import served

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
NAME = 'Content-Disposition: form-data; name="file"; filename="{}"\r\n\r\n'


def zip_bomb() -> bytes:
    """A document of Word by its name and members: some kilobytes that unpack to 200 MB."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 200_000_000)
        archive.writestr("word/document.xml", b"<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("cv.pdf", b"<!DOCTYPE html><html><script>alert(1)</script></html>", 415),
        ("cv.svg", SVG, 415),
        ("cv.pdf", SVG, 415),
        ("cv.pdf", b"%PD", 415),
        ("cv.docx", zip_bomb(), 415),
        ("cv.pdf", b"", 422),
    ],
    ids=["HTML", "SVG", "SVG named PDF", "three bytes", "ZIP bomb", "nothing"],
)
async def test_what_is_no_document_is_refused(
    intake: Walker, ada: Applicant, path: str, name: str, content: bytes, status: int
) -> None:
    refused = await intake.call(ada, "PUT", f"/api{path}/materials/cv", status, files={"file": (name, content)})
    assert [error["field"] for error in refused["errors"]] == ["file"]
    assert intake.objects(ada) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\secret\\cv.pdf", "cv.pdf"),
        ("cv\u202efdp.pdf", "cvfdp.pdf"),
        ("c\x00v.pdf", "cv.pdf"),
        ("a", "a"),
        ("x" * 296 + ".pdf", "x" * 115 + "….pdf"),
    ],
    ids=["a path", "a path of Windows", "turned around", "NUL", "one character", "300 characters"],
)
async def test_names_are_shown_without_what_misleads(
    intake: Walker, ada: Applicant, path: str, name: str, kept: str
) -> None:
    body = b"--b\r\n" + NAME.format(name.replace("\\", "\\\\")).encode() + PDF + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await intake.call(ada, "PUT", f"/api{path}/materials/cv", 200, content=body, headers=headers)
    assert answer["filename"] == kept
    got = await intake.client.get(f"/api{path}/materials/cv", headers=ada.headers)
    assert got.headers["content-disposition"] == 'attachment; filename="cv.pdf"'
    assert "sandbox" in got.headers["content-security-policy"]


async def test_two_gigabytes_are_refused_before_they_come(intake: Walker, ada: Applicant, path: str) -> None:
    head = (
        f"PUT /api{path}/materials/cv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {ada.headers['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\nContent-Length: 2147483648\r\n\r\n"
    )
    async with served(intake.one.running.api) as server:
        answer = await server.raw(head.encode(), b"--b\r\n" + NAME.format("cv.pdf").encode() + PDF)
    assert answer[9:12] == b"413"
    assert intake.objects(ada) == []


async def test_half_an_upload_leaves_nothing(intake: Walker, ada: Applicant, path: str) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"--b\r\n" + NAME.format("cv.pdf").encode() + PDF + b" " * 1_000_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    refused = await intake.call(ada, "PUT", f"/api{path}/materials/cv", 400, content=half(), headers=headers)
    assert "ended too early" in refused["detail"]
    assert intake.objects(ada) == []


async def test_the_same_upload_twice_at_once_is_there_once(intake: Walker, ada: Applicant, path: str) -> None:
    place, large = f"/api{path}/materials/cv", PDF + b" " * 1_000_000
    both = await asyncio.gather(
        *(intake.client.put(place, files={"file": ("cv.pdf", large)}, headers=ada.headers) for _ in range(2))
    )
    assert [answer.status_code for answer in both] == [200, 200]
    assert [file.stat().st_size for file in intake.objects(ada)] == [len(large)]
