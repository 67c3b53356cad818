"""Names in the documents exist: files, headings, make's targets, modules, variables, tests, commands."""

import ast
import importlib.util
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from docs.generate import SERVICES

CHECKOUT = Path(__file__).parents[3]
RECIPES = re.compile("surveys|engaged-writing")
"""What the recipes of CONTRIBUTING.md tell the reader to write."""
CODE = ("contracts", "chassis", "web", "services", "program", "devstack", "cli", "bench", "docs")


def committed(*patterns: str) -> list[Path]:
    """Files that git knows or would take, so that nothing of .venv or of a tool's cache is among them."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    found = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(path for name in set(found) if (path := CHECKOUT / name).exists())


DOCUMENTS = [path for path in committed("*.md") if "released" not in path.parts]
NAMES = [str(path.relative_to(CHECKOUT)) for path in DOCUMENTS]


@cache
def code() -> str:
    files = committed(
        *(f"{folder}/*.{suffix}" for folder in CODE for suffix in ("py", "sh", "html")),
        "deploy/*",
        "Dockerfile",
        "*.yml",
        "Makefile",
        ".ci/run",
        "pyproject.toml",
    )
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


@cache
def settings() -> frozenset[str]:
    """Every variable that a service's settings read."""
    found: set[str] = set()
    for service in SERVICES:
        kind: type[BaseSettings] = importlib.import_module(f"services.{service}.app").Settings
        found |= {name.upper() for name in kind.model_fields} | {f"DATABASE_URL_{service.upper()}"}
    return frozenset(found)


def anchors(path: Path) -> set[str]:
    """The addresses of a document's headings, as they are shown by usual hosts."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def test_there_are_documents() -> None:
    assert {
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/architecture.md",
        "docs/operations.md",
        "docs/glossary.md",
    } <= set(NAMES)
    assert len([name for name in NAMES if name.startswith("docs/adr/")]) > 10


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^ *```.*?^ *```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_what_is_run_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w ]*):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    known = {word for line in targets for word in line.split()}
    assert set(re.findall(r"`make ([a-z]+)", text)) | set(re.findall(r"^make ([a-z]+)", text, re.MULTILINE)) <= known
    modules = set(re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)*)(?![\w.<])", text))
    assert {name for name in modules if importlib.util.find_spec(name) is None} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_variables_are_read_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name == "glossary.md":  # tests/contracts/test_glossary.py looks at its words
        return
    named = set(
        re.findall(r"(?<![\w<{$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b(?!\s*=)", "\n".join(re.findall(r"`([^`\n]+)`", text)))
    )
    assert {name for name in named if name not in settings() and not re.search(rf"\b{name}\b", code())} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_files_and_tests_that_are_named_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lost = []
    for name, test in re.findall(
        r"`((?:tests|chassis|contracts|devstack|docs|services|program|bench)/[\w./-]+\.\w+)(?:::(\w+))?`", text
    ):
        file = CHECKOUT / name
        if RECIPES.search(name):
            assert not file.exists()
        elif not file.exists() or (test and test not in defined(file)):
            lost.append(f"{name}::{test}")
    assert lost == []


@cache
def defined(file: Path) -> frozenset[str]:
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_every_metric_that_the_operations_name_exists() -> None:
    named = set(re.findall(r"`(microcred_[a-z_]+)", (CHECKOUT / "docs" / "operations.md").read_text())) - {
        f"microcred_{service}" for service in SERVICES
    }
    declared = {re.sub("_total$", "", name) for name in re.findall(r'"(microcred_[a-z_]+)"', code())}
    assert len(named) > 5
    assert {name for name in named if re.sub("_(total|count|sum|bucket)$", "", name) not in declared} == set()
