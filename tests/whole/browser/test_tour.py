"""`python -m docs.tour`: the pictures of docs/tour.md can be made, and the page shows each of them."""

import re
from pathlib import Path

import pytest

from devstack.paths import CHECKOUT
from docs.tour import SHOTS, take
from tests.system.whole import Whole

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def pictures(folder: Path) -> dict[str, int]:
    """The names of the files in a folder, and their sizes."""
    return {path.name: path.stat().st_size for path in folder.iterdir()}


async def test_every_picture_of_the_tour_is_made_and_shown(chromium: str, whole: Whole, tmp_path: Path) -> None:
    await take(whole.world.addresses, tmp_path, chromium)
    made = pictures(tmp_path)
    assert sorted(made) == sorted(f"{shot.name}.png" for shot in SHOTS)
    assert min(made.values()) > 10_000


def test_the_tour_shows_every_picture() -> None:
    shown = re.findall(r"\(tour/([^)]+)\)", (CHECKOUT / "docs" / "tour.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(pictures(CHECKOUT / "docs" / "tour")) == sorted(f"{shot.name}.png" for shot in SHOTS)
