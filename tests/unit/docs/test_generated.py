"""Generated parts of the documents agree with the code."""

import re
import shutil
from enum import StrEnum
from pathlib import Path

import pytest

from docs import generate

CHECKOUT = Path(__file__).parents[3]
DOCUMENTS = CHECKOUT / "docs"


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


class Act(StrEnum):
    WAIT = "wait"
    TURN = "turn_on"
    HIT = "hit"


def test_the_documents_are_as_the_code_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    assert (generate.main(["--check"]), capsys.readouterr().out) == (0, "")


def test_every_section_stands_in_a_document() -> None:
    named = re.findall(r"<!-- generated: ([a-z-]+) -->", "".join(path.read_text() for path in DOCUMENTS.rglob("*.md")))
    assert sorted(named) == sorted(generate.SECTIONS)


def test_an_old_document_is_named_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "docs"
    shutil.copytree(DOCUMENTS, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    whole = (folder / "architecture.md").read_text()
    (folder / "architecture.md").write_text(whole.replace("`payments.fee.paid.v1`", "`payments.fee.sent.v1`"))
    assert generate.main(["--check"], folder) == 1
    assert capsys.readouterr().out == "docs/architecture.md: is out of date; run `python -m docs.generate`\n"
    assert generate.main([], folder) == 0
    assert (folder / "architecture.md").read_text() == whole


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(generate.UnknownSection, match="no section 'weather'"):
        generate.render("<!-- generated: weather -->\n<!-- end of weather -->\n")


def test_every_table_of_transitions_is_drawn() -> None:
    code = "\n".join(path.read_text() for path in (CHECKOUT / "services").glob("*/domain*/**/*.py"))
    code += "\n".join(path.read_text() for path in (CHECKOUT / "services").glob("*/domain.py"))
    declared = re.findall(r"^\w*TRANSITIONS: Mapping", code, re.MULTILINE)
    assert len(list(generate.tables())) == len(declared) > 5


def test_a_diagram() -> None:
    table: dict[tuple[StrEnum, StrEnum], StrEnum] = {
        (Light.GREEN, Act.WAIT): Light.RED,
        (Light.RED, Act.WAIT): Light.GREEN,
        (Light.RED, Act.TURN): Light.GREEN,
        (Light.RED, Act.HIT): Light.RED,
    }
    drawn = "stateDiagram-v2\n    [*] --> red\n    red --> green: wait, turn on\n    green --> red: wait\n"
    assert generate.diagram(table) == f"```mermaid\n{drawn}```\n\nNo move leads to `broken` yet.\n"
    ends = generate.diagram(table | {(Light.GREEN, Act.HIT): Light.BROKEN})
    assert "    green --> broken: hit\n    broken --> [*]\n" in ends
    assert "No move" not in ends
