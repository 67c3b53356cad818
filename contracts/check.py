"""The checks of the contracts before a change is merged: generated files are fresh, examples can be read, nothing
released is broken."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts import asyncapi, generate
from contracts.compatibility import Finding, compare_events, compare_systems
from contracts.envelope import BrokenContract, UnknownType
from contracts.event import EVENTS
from contracts.history import Files
from contracts.records import Record

FOLDER = Path(__file__).parent

_RELEASED = re.compile(r"released/(\d+\.\d+\.\d+)/")


def generated() -> dict[str, str]:
    """The files that `python -m contracts generate` writes, by path under `contracts/`."""
    version = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    files = {f"schemas/{name}.json": generate.text(schema) for name, schema in generate.schemas().items()}
    return files | {"asyncapi.json": generate.text(asyncapi.document(version))}


def check_generated(files: Files) -> list[Finding]:
    """Generated files that are missing, out of date, or of events that do not exist any more."""
    fresh, remedy = generated(), "run `python -m contracts generate`"
    stale = [
        Finding(f"contracts/{name}", "", "is out of date", remedy)
        for name, text in fresh.items()
        if files.get(name) != text.encode()
    ]
    over = [name for name in files if name.startswith("schemas/") and name not in fresh]
    return stale + [Finding(f"contracts/{name}", "", "belongs to no event", remedy) for name in over]


def check_examples(files: Files) -> list[Finding]:
    """Events without a full and a minimal example, and examples that cannot be read."""
    found = [
        Finding(f"contracts/examples/{name}/{kind}.json", "", "is missing", "write it: a whole record, see the others")
        for name in sorted(EVENTS)
        for kind in ("full", "minimal")
        if f"examples/{name}/{kind}.json" not in files
    ]
    return found + [
        finding
        for name in sorted(files)
        if name.startswith("examples/")
        for finding in _check_example(name, files[name])
    ]


def check_released(files: Files) -> list[Finding]:
    """Changes that break the schemas, topics or examples of any release."""
    found: list[Finding] = []
    for version in releases(files):
        root = f"released/{version}/"
        found += compare({name.removeprefix(root): content for name, content in files.items() if name.startswith(root)})
        for name, content in sorted(files.items()):
            if name.startswith(f"{root}examples/"):
                found += _check_example(name, content)
    return sorted(set(found))


def check_base(files: Files, base: Files) -> list[Finding]:
    """Changes that break the contracts of the base revision, and changes of files that were released there."""
    changed = [
        Finding(
            f"contracts/{name}", "", "was released and " + ("has changed" if name in files else "is gone"), "restore it"
        )
        for name, content in sorted(base.items())
        if name.startswith("released/") and files.get(name) != content
    ]
    return compare(base) + changed


def compare(earlier: Files) -> list[Finding]:
    """Incompatible differences between earlier generated files and the models of this build."""
    schemas = {Path(name).stem: json.loads(content) for name, content in earlier.items() if name.startswith("schemas/")}
    found = compare_events(schemas, generate.schemas())
    if "asyncapi.json" in earlier:
        found += compare_systems(json.loads(earlier["asyncapi.json"]), asyncapi.document(""))
    return found


def releases(files: Files) -> list[str]:
    """The released versions, in the order of their numbers."""
    return sorted({found[1] for name in files if (found := _RELEASED.match(name))}, key=numbers)


def numbers(version: str) -> list[int]:
    """The numbers of a version, so that `1.10.0` comes after `1.9.0`."""
    return [int(number) for number in version.split(".")]


def _check_example(name: str, content: bytes) -> list[Finding]:
    where, event_type = f"contracts/{name}", Path(name).parent.name
    remedy = "keep it readable: contracts only grow" if name.startswith("released/") else "correct the example"
    try:
        received = Record.model_validate_json(content).decode()
    except ValidationError as error:
        return [Finding(where, _field(error.errors()[0]), f"is not a record ({error.errors()[0]['msg']})", remedy)]
    except (BrokenContract, UnknownType) as error:
        return [Finding(where, "", f"cannot be read: {error}", remedy)]
    if received.type != event_type:
        return [Finding(where, "", f"is a {received.type}", "move it to the folder of its type")]
    return []


def _field(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error["loc"])
