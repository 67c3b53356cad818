"""The name of a file against its content."""

import pytest

from contracts.media import KINDS, OFFICE, UNKNOWN, extension, safe
from services.intake.domain import media
from services.intake.domain.media import claimed, contradicts, fits, listed, shown_name, takes

ODT = "application/vnd.oasis.opendocument.text"
DOCX = f"{OFFICE}.wordprocessingml.document"
DOCM = "application/vnd.ms-word.document.macroEnabled.12"


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("cv.pdf", {"application/pdf"}),
        ("CV.PDF", {"application/pdf"}),
        ("my.old.cv.pdf", {"application/pdf"}),
        ("cv.pdf.html", {"text/html"}),
        ("C:\\fakepath\\cv.pdf", {"application/pdf"}),
        ("../../etc/cv.pdf", {"application/pdf"}),
        ("/srv/cv.pdf/essay.txt", {"text/plain"}),
        ("cv.pdf. ", {"application/pdf"}),
        ("cv.pdf\x00", {"application/pdf"}),
        ("cv.pdf\u200b", {"application/pdf"}),
        ("cv\u202etxt.pdf", {"application/pdf"}),
        ("cv\u202efdp.txt", {"text/plain"}),
        ("cv.d\u200eocx", {DOCX}),
        ("old.doc", {"application/msword", "application/rtf"}),
        ("a.mkv", {"video/matroska"}),
        ("notes.md", {"text/plain"}),
        ("cv", set()),
        (".pdf", {"application/pdf"}),
        ("cv.", set()),
        ("cv.pdf/", set()),
        ("cv.exe", set()),
        ("cv.pdfx", set()),
        ("", set()),
        (None, set()),
        ("." * 10_000, set()),
        ("a" * 100_000 + ".pdf", {"application/pdf"}),
    ],
)
def test_what_a_name_claims(filename: str | None, expected: set[str]) -> None:
    assert claimed(filename) == expected


@pytest.mark.parametrize(
    ("filename", "found", "expected"),
    [
        ("cv.pdf", "application/pdf", False),
        ("cv.pdf", "text/html", True),
        ("cv.pdf", "text/plain; charset=utf-8", True),
        ("cv.pdf", UNKNOWN, True),
        ("cv", "text/html", False),
        ("cv.unheard", "image/png", False),
        ("cv.txt", "text/plain; charset=utf-16", False),
        ("cv.csv", "text/plain; charset=utf-8", False),
        ("cv.txt", media.OLD_TEXT, False),
        ("cv.txt", "text/html", True),
        ("cv.html", "text/plain; charset=utf-8", True),
        ("cv.docx", DOCX, False),
        ("cv.docx", DOCM, True),
        ("cv.docm", DOCM, False),
        ("cv.docx", "application/zip", False),
        ("cv.odt", "application/zip", False),
        ("cv.zip", DOCX, True),
        ("cv.pdf", "application/zip", True),
        ("cv.docx", media.LOCKED, False),
        ("cv.docx", "application/msword", True),
        ("cv.doc", "application/msword", False),
        ("cv.doc", "application/rtf", False),
        ("cv.doc", media.OLD_OFFICE, False),
        ("cv.xls", "application/msword", True),
        ("cv.odt", f"{ODT}; macros=yes", False),
        ("photo.jpg", "image/png", True),
        ("photo.jpg", "image/heic", True),
        ("talk.mp4", "image/heic", True),
        ("talk.mov", "video/mp4", False),
        ("talk.mp4", "video/quicktime", False),
        ("talk.3gp", "video/mp4", False),
        ("talk.m4a", "video/mp4", False),
        ("talk.webm", "video/matroska", True),
        ("talk.mp3", "audio/wav", True),
    ],
)
def test_which_names_contradict_which_contents(filename: str, found: str, expected: bool) -> None:
    assert contradicts(claimed(filename), found) is expected


@pytest.mark.parametrize(
    ("found", "allowed", "expected"),
    [
        ("application/pdf", ("application/pdf",), True),
        ("image/png", ("application/pdf",), False),
        ("video/webm", ("video/*",), True),
        ("text/plain; charset=utf-8", ("text/plain",), True),
        ("text/plain; charset=utf-16", ("text/plain",), True),
        ("text/plain; charset=utf-8", ("text/markdown",), True),
        ("text/plain; charset=utf-8", ("text/*",), True),
        (media.OLD_TEXT, ("text/plain",), False),
        (media.OLD_TEXT, ("text/*",), False),
        (media.UNMARKED_TEXT, ("text/plain",), False),
        (media.WIDE_TEXT, None, False),
        ("text/html", ("text/plain",), False),
        ("text/html", ("text/*",), False),
        ("text/html", ("text/html",), True),
        ("image/svg+xml", ("image/*",), False),
        ("image/svg+xml", None, False),
        ("application/xml", None, False),
        ("image/heic", ("video/mp4",), False),
        ("image/png", None, True),
        (DOCX, None, True),
        (DOCM, None, False),
        (DOCM, (DOCX,), False),
        (ODT, (ODT,), True),
        (f"{ODT}; macros=yes", (ODT,), False),
        (f"{ODT}; macros=yes", None, False),
        (UNKNOWN, None, False),
        ("application/zip", None, False),
        ("application/zip", ("application/zip",), True),
        ("application/gzip", None, False),
        (media.LOCKED, None, False),
        (media.OLD_OFFICE, None, False),
        (media.EMPTY, None, False),
    ],
)
def test_what_a_requirement_takes(found: str, allowed: tuple[str, ...] | None, expected: bool) -> None:
    assert fits(found, allowed) is expected


def test_archives_are_taken_where_a_kind_of_them_is() -> None:
    documents = media.ARCHIVES - {media.ZIP}
    assert [
        takes(documents, allowed)
        for allowed in (None, (DOCX,), (ODT, "text/plain"), ("application/pdf", "image/*"), ("video/*",))
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_in_words() -> None:
    assert listed(("application/pdf",)) == "a PDF document"
    assert listed(("application/pdf", DOCX, "text/plain")) == "a PDF document, a Word document (.docx) or plain text"
    assert listed(("video/*", "application/x-new")) == "any video or application/x-new"
    assert listed(()) == "no files"
    assert "damaged" in str(media.remedy(media.ZIP, (DOCX,)))
    assert listed(None) == "documents, pictures, sound, video or text"
    assert media.of_a_name(claimed("a.doc")) == "an RTF document or an older Word document (.doc)"


def test_every_kind_has_words_and_the_endings_lead_back_to_it() -> None:
    for kind, known in KINDS.items():
        assert known.words, kind
        assert safe(kind) == kind
        assert all(kind in claimed(f"a.{ending}") for ending in known.endings), kind
        assert extension(kind) == (f".{known.endings[0]}" if known.endings else "")
    assert (extension("text/plain; charset=utf-16"), extension("application/x-new")) == (".txt", "")
    assert [safe(kind) for kind in ("text/plain; charset=utf-16", "text/html\r\nX: y", "", "no type")] == [
        "text/plain; charset=utf-16",
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("cv.pdf", "cv.pdf"),
        ("C:\\cvs\\my cv.pdf", "my cv.pdf"),
        ("../../etc/pass\x00wd", "passwd"),
        ("in\u202efdp.exe", "infdp.exe"),
        (" a \t b\n.txt ", "a b.txt"),
        ("履歴書.pdf", "履歴書.pdf"),
        ("x" * 300 + ".pdf", "x" * 115 + "….pdf"),
        ("x" * 300, "x" * 119 + "…"),
        *((nothing, None) for nothing in ("", None, "a/", "\u202e")),
    ],
)
def test_a_name_as_it_is_shown_again(given: str | None, shown: str | None) -> None:
    assert shown_name(given) == shown
