"""Amounts of bytes in words for people."""

import pytest

from contracts.sizes import said


@pytest.mark.parametrize(
    ("number_of_bytes", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (26_214_400, "26.2 MB"), (2_147_483_648, "2.1 GB")],
)
def test_bytes_as_people_say_them(number_of_bytes: int, words: str) -> None:
    assert said(number_of_bytes) == words
