"""The memory of the real process while the data of an applicant with large files is taken out: it does not grow with
the files."""

from pathlib import Path

import pytest

from bench.exports import AT_ONCE, FETCHED, MADE, measure
from bench.uploads import MEGABYTE
from tests.conftest import NewDatabase

LARGE, GROWTH = 100, 20


@pytest.mark.slow
async def test_an_export_of_large_files_is_made_and_fetched_in_bounded_memory(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    found = await measure(await new_database("intake"), tmp_path, LARGE)
    assert set(found) == {MADE, FETCHED, AT_ONCE}
    for what, grown in found.items():
        assert grown.size > LARGE * MEGABYTE, what
        assert grown.memory < GROWTH * MEGABYTE, what
