"""Searches, and cells of a CSV that no spreadsheet runs."""

import csv
import io
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.staff import Search, harmless, line, search

NUMBER = "0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("  \t", None),
        (NUMBER, Search(application_id=UUID(NUMBER))),
        (f" {NUMBER.upper()} ", Search(application_id=UUID(NUMBER))),
        (NUMBER[:-1], Search(prefix=NUMBER[:-1], words=tuple(NUMBER[:-1].split("-")))),
        ("Ada@Example.ORG", Search(prefix="ada@example.org")),
        ("ada", Search(prefix="ada", words=("ada",))),
        ("Ada Love", Search(words=("Ada", "Love"))),
        ("O'Brien", Search(prefix="o'brien", words=("O", "Brien"))),
        ("e\u0301va", Search(prefix="éva", words=("éva",))),
        ("É", Search(prefix="É", words=("É",))),
        ("& | !", Search()),
        ("a@b c", Search()),
    ],
)
def test_what_a_text_looks_for(text: str, found: Search | None) -> None:
    assert search(text) == found


@given(st.text(), st.text())
def test_everything_that_begins_so_lies_within_the_range_of_a_prefix(prefix: str, more: str) -> None:
    found = Search(prefix=prefix)
    last = chr(0x10FFFF)
    assert found.prefix <= prefix + more.replace(last, "") < found.past_prefix


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("Ada", "Ada"),
        ("", ""),
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        (" =1", "' =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("1=1", "1=1"),
        ("a@example.org", "a@example.org"),
    ],
)
def test_a_cell_that_begins_like_a_formula_is_text(cell: str, shown: str) -> None:
    assert harmless(cell) == shown


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=2))
def test_a_line_is_read_back_as_it_was_with_harmless_cells(cells: list[str]) -> None:
    [read] = csv.reader(io.StringIO(line(cells), newline=""))
    assert read == [harmless(cell) for cell in cells]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in read)


def test_nothing_is_an_empty_cell() -> None:
    assert line([None, 1, "a,b", 'c"d', "e\nf"]) == ',1,"a,b","c""d","e\nf"\r\n'
