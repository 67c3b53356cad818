"""Every value that is computed from another one, so that people who know the one can compute the other, is in a table
of docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
PACKAGES = ("contracts", "chassis", "web", "services", "program")
"""What is deployed."""
DERIVING = {
    "hashlib": None,
    "hmac": None,
    "zlib": {"crc32", "adler32"},
    "uuid": {"uuid1", "uuid3", "uuid5"},
    "contracts.envelope": {"caused_id"},
}
"""Modules, and of some only these names, by which something is computed from something else."""
IN_SQL = re.compile(r"\b(md5|sha224|sha256|sha384|sha512|digest|hmac|uuid_generate_v[135]\w*)\s*\(", re.IGNORECASE)


def places(path: Path, code: str) -> Iterator[str]:
    """The places where a module derives an id: `path: function`, or `path` outside of functions."""
    tree = ast.parse(code)
    names, modules = set[str](), dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in DERIVING:
            wanted = DERIVING[node.module]
            names |= {one.asname or one.name for one in node.names if wanted is None or one.name in wanted}
        elif isinstance(node, ast.Import):
            modules |= {one.asname or one.name: one.name for one in node.names if one.name in DERIVING}

    def derives(node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name in names
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules:
                wanted = DERIVING[modules[module]]
                return wanted is None or name in wanted
            case ast.Constant(value=str(text)):
                return IN_SQL.search(text) is not None and re.search(r"\b(SELECT|INSERT|UPDATE)\b", text) is not None
        return False

    def walk(node: ast.AST, inside: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            name = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
            if derives(child):
                yield f"{path}: {name}" if name else str(path)
            yield from walk(child, name)

    yield from walk(tree, "")


def found() -> set[str]:
    files = [file for package in PACKAGES for file in (CHECKOUT / package).rglob("*.py")]
    return {place for file in files for place in places(file.relative_to(CHECKOUT), file.read_text())}


def named() -> set[str]:
    """The places that the table names, in backticks in its last column."""
    section = (
        (CHECKOUT / "docs" / "architecture.md")
        .read_text()
        .partition("## What is computed from what")[2]
        .partition("\n## ")[0]
    )
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return {place for row in rows for place in re.findall(r"`([^`]+\.py(?:: \w+)?)`", row.rsplit("|", 2)[1])}


def test_every_place_that_derives_something_is_in_the_table_and_every_place_in_the_table_is_there() -> None:
    assert found() == named()


@pytest.mark.parametrize(
    ("code", "where"),
    [
        (
            "from uuid import uuid5\ndef case_id_of(application_id): return uuid5(NAMESPACE, str(application_id))",
            {"m.py: case_id_of"},
        ),
        ("import uuid\nclass A:\n    async def name(self): return uuid.uuid5(self.a, 'badge')", {"m.py: name"}),
        ("from uuid import uuid5 as made\nMAKE = partial(made, SPACE)", {"m.py"}),
        ("from hashlib import sha256\ndef f(a): return sha256(a).hexdigest()[:32]", {"m.py: f"}),
        ("import hashlib as h\ndef f(a): return h.new('md5', a)", {"m.py: f"}),
        (
            "from contracts.envelope import caused_id, decode\ndef f(a): return caused_id(a, 'x.v1', 'k', 0)",
            {"m.py: f"},
        ),
        ('GIVE = "INSERT INTO badges SELECT md5(decision_id::text)::uuid FROM decisions"', {"m.py"}),
        ("from uuid import UUID, uuid4\ndef f(claim): return uuid4(), claim.sha256, UUID(int=1)", set()),
    ],
)
def test_what_derives(code: str, where: set[str]) -> None:
    assert set(places(Path("m.py"), code)) == where
