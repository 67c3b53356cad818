"""Words are counted by Unicode's word boundaries."""

import time

import pytest

from services.intake.domain.words import count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" \n", 0),
        ("one two\nthree", 3),
        ("1 2 3", 3),
        ("Can't stop: it's o’clock.", 4),
        ("twenty-one self-taught", 4),
        ("3.14 and 1,000,000", 3),
        ("U.S.A.", 1),
        ("snake_case ___", 1),
        ("... — !!! 😀 👩‍👩‍👧 🇩🇪🇪", 0),
        ("l'objectif ma'am", 2),
        ("e\u0301te\u0301 na\u00efve", 2),
        ("我们在学校里织布", 8),
        ("ひらがな", 4),
        ("カタカナ", 1),
        ("한국어 단어", 2),
        ('צה"ל של', 2),
        ("ภาษาไทย", 7),
        ("कर्म योग", 2),
        ("مرحبا بالعالم", 2),
        ("m² ①", 3),
        ("a\u00adb\u200dc", 1),
        ("汉" * 9200, 9200),
        (b"\xe6\xb1\x89\xef\xbc\x8c\xe5\xad\x97".decode(), 2),
    ],
)
def test_words(text: str, expected: int) -> None:
    assert count(text) == expected


MEGABYTE = 1024 * 1024
HOSTILE = {
    "one letter": "a" * MEGABYTE,
    "letters": "a " * (MEGABYTE // 2),
    "combining marks": "a" + "\u0301" * (MEGABYTE // 2),
    "marks alone": "\u0301" * (MEGABYTE // 2),
    "emoji": "😀" * (MEGABYTE // 4),
    "families": "👩‍👩‍👧" * (MEGABYTE // 18),
    "flags": "🇩" * (MEGABYTE // 4),
    "joined flags": "🇩\u0301" * (MEGABYTE // 6),
    "Chinese": "汉" * (MEGABYTE // 3),
    "apostrophes": "a'" * (MEGABYTE // 2),
    "numbers": "1," * (MEGABYTE // 2),
    "lines": "\n" * MEGABYTE,
    "joiners": "\u200d" * (MEGABYTE // 3),
    "an essay": "The partnership, which we've built over twenty-one years (since 1999),"
    " changed how students learn; it's not done. " * 1200,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_is_counted_in_a_time_that_grows_with_its_length(name: str) -> None:
    """It measures CPU time, because other programs run on the machine. A quadratic algorithm would take a hundred
    times as long for ten times the length.
    """
    text = HOSTILE[name]
    took = []
    for part in (text[: len(text) // 10], text):
        began = time.process_time()
        count(part)
        took.append(time.process_time() - began)
    assert took[1] < 3, took
    assert took[1] < 40 * took[0] + 0.1, took
