"""Each code name in the glossary is found in the code."""

import re
from pathlib import Path

from contracts.topics import CONSUMERS

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("contracts", "chassis", "web", "services", "program")
SUFFIXES = {".py", ".sql", ".yaml"}


def test_every_code_name_of_the_glossary_is_in_the_code() -> None:
    names = set(re.findall(r"`([^`]+)`", (CHECKOUT / "docs" / "glossary.md").read_text()))
    files = [
        path
        for folder in FOLDERS
        for path in (CHECKOUT / folder).rglob("*")
        if path.suffix in SUFFIXES and "released" not in path.parts
    ]
    code = "\n".join(
        [*(path.read_text(encoding="utf-8") for path in files), *(path.name for path in CHECKOUT.glob("program/*"))]
    )
    known = {"backticks", "contracts", "chassis", "dlq.<consumer>", *CONSUMERS}
    assert len(names) > 100
    assert {
        name for name in names - known if re.search(rf"(?<![a-z]){re.escape(name)}", code, re.IGNORECASE) is None
    } == set()
