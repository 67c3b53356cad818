"""File names that every system accepts, whatever the people called their files."""

import pytest

from contracts.claims import ObjectClaim
from contracts.media import extension
from services.intake.domain.exports import LONGEST_NAME_BYTES, numbered, safe_name


@pytest.mark.parametrize(
    ("wanted", "safe"),
    [
        ("My essay", "My essay"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\nc", "a_b_c"),
        ("C:\\con", "C__con"),
        ("report\u202egpj.exe", "report_gpj.exe"),
        ("履歴書 2026", "履歴書 2026"),
        ("سيرة ذاتية", "سيرة ذاتية"),
        ("  spaces  and. ", "spaces and"),
        ("e\u0301t\u00e9", "été"),
    ],
)
def test_a_name_is_safe_and_still_readable(wanted: str, safe: str) -> None:
    assert safe_name(wanted) == safe


@pytest.mark.parametrize("letter", ["x", "é", "履", "😀"])
def test_a_long_name_is_cut_between_letters(letter: str) -> None:
    found = safe_name(letter * 300)
    assert len(found.encode()) <= LONGEST_NAME_BYTES
    assert set(found) <= {letter, "_"}


def test_two_of_one_name_are_different_and_the_ending_is_that_of_the_kind() -> None:
    name = numbered(extension)
    pdf = ObjectClaim(name="intake/x/y", sha256="0" * 64, size=1, media_type="application/pdf")
    text = ObjectClaim(name="intake/x/z", sha256="0" * 64, size=1, media_type="text/plain")
    assert [name(pdf, "CON.pdf").path, name(pdf, "CON.pdf").path, name(text, "run.exe").path] == [
        "files/001 CON.pdf",
        "files/002 CON.pdf",
        "files/003 run.exe.txt",
    ]
