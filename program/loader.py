"""Loads the program's folder strictly. It refuses unknown, missing and inconsistent values, and reports all faults at
once."""

import json
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts.catalog import CredentialDefinition
from program import checks, deadlines, lock
from program.policy import Policy
from program.source import Fault, Source, read

M = TypeVar("M", bound=BaseModel)

_VERSION_FILE = re.compile(r"v([1-9][0-9]*)\.yaml")
_AGREEMENT = {"version": "?", "text": "?"}
_UNKNOWN = {"agreement": _AGREEMENT, "review": {"agreement": _AGREEMENT}}
"""Replaces the defaults of a policy that has faults, so that the faults of the credentials are reported in the same
run."""


@dataclass(frozen=True, slots=True)
class Program:
    """The whole program. `credentials` holds every version, by slug and version; at most one version of a credential is
    open."""

    credentials: tuple[CredentialDefinition, ...]
    policy: Policy


class ProgramError(Exception):
    """The program cannot be loaded. `faults` has all faults, in the order of files and lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def load(folder: Path) -> Program:
    """Load `policy.yaml` and `credentials/<slug>/v<version>.yaml` from `folder`.

    Raises ProgramError with every fault. A version in `released.lock` must be the same as when it was released.
    """
    faults: list[Fault] = []
    policy = _policy(folder, faults)
    found: list[tuple[Source, CredentialDefinition]] = []
    for path in _version_files(folder, faults):
        source, wrong = read(path, str(path))
        faults += wrong
        definition = _definition(source, policy, faults) if source is not None else None
        if source is not None and definition is not None:
            faults += checks.check(source, definition)
            faults += _place(path, source, definition)
            found.append((source, definition))
    faults += _one_open(found)
    if not faults:
        faults += _released(folder, found)
    if faults or policy is None:
        raise ProgramError(faults)
    return Program(
        tuple(definition for _, definition in sorted(found, key=lambda pair: (pair[1].slug, pair[1].version))), policy
    )


def load_policy(folder: Path) -> Policy:
    """Load `policy.yaml` alone. Raises ProgramError."""
    faults: list[Fault] = []
    policy = _policy(folder, faults)
    if faults or policy is None:
        raise ProgramError(faults)
    return policy


def _policy(folder: Path, faults: list[Fault]) -> Policy | None:
    path = folder / "policy.yaml"
    source, wrong = read(path, str(path))
    faults += wrong
    policy = _fit(Policy, source, source.data, faults) if source is not None else None
    if source is not None and policy is not None:
        faults += deadlines.check(source, policy)
    return policy


def _definition(source: Source, policy: Policy | None, faults: list[Fault]) -> CredentialDefinition | None:
    """The file's values over the policy's defaults. `review` and `letters` are merged key by key, the others are
    replaced whole."""
    defaults: dict[str, Any] = policy.defaults.model_dump(mode="json") if policy is not None else _UNKNOWN
    data = defaults | source.data
    for name in ("review", "letters"):
        if isinstance(data.get(name), dict):
            data[name] = defaults.get(name, {}) | data[name]
    return _fit(CredentialDefinition, source, data, faults)


def _fit(model: type[M], source: Source, data: dict[str, Any], faults: list[Fault]) -> M | None:
    try:
        return model.model_validate_json(json.dumps(data, default=str), strict=True, extra="forbid")
    except ValidationError as error:
        faults += [_explain(model, source, fault) for fault in error.errors(include_url=False)]
        return None


def _explain(model: type[BaseModel], source: Source, error: ErrorDetails) -> Fault:
    loc, name = error["loc"], str(error["loc"][-1]) if error["loc"] else ""
    match error["type"]:
        case "extra_forbidden":
            return source.fault(loc, "is not a known key", checks.suggest(name, _fields(model, loc)))
        case "missing":
            return source.fault(loc, "is missing", f"add `{name}: ...`")
        case "string_type":
            return source.fault(loc, f"is not text but {error['input']!r}", "write it in quotes")
        case "int_type" | "int_from_float":
            return source.fault(
                loc, f"is not a whole number but {error['input']!r}", "write a whole number without quotes"
            )
        case "bool_type":
            return source.fault(loc, f"is neither true nor false but {error['input']!r}", "write true or false")
        case "string_pattern_mismatch":
            remedy = (
                "begin with a small letter; then small letters, digits, - and _ only"
                if "a-z0-9" in error["msg"]
                else "write three small letters"
            )
            return source.fault(loc, f"{error['input']!r} does not have the right form", remedy)
        case "tuple_type":
            return source.fault(loc, "is not a list", "write a list: lines that begin with `-`, or [a, b]")
        case "model_type":
            return source.fault(loc, "is not a mapping", "write keys with values under it")
        case _:
            return source.fault(
                loc, f"{error['msg'][0].lower()}{error['msg'][1:]}", f"correct it; it is {error['input']!r}"
            )


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that are allowed where an unknown key stands at `loc`."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in loc[:-1]:
        node = _resolve(schema, node)
        node = node["items"] if isinstance(part, int) else node["properties"][part]
    return list(_resolve(schema, node)["properties"])


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for candidate in (node, *node.get("anyOf", ())):
        if "$ref" in candidate:
            resolved: dict[str, Any] = schema["$defs"][candidate["$ref"].rpartition("/")[2]]
            return resolved
    return next((candidate for candidate in node.get("anyOf", ()) if candidate.get("type") != "null"), node)


def _version_files(folder: Path, faults: list[Fault]) -> list[Path]:
    """The version files of all credentials. Any other file is a fault, and so is a missing version."""
    root = folder / "credentials"
    files: list[Path] = []
    for entry in sorted(root.iterdir()) if root.is_dir() else []:
        if not entry.is_dir():
            faults.append(
                Fault(str(entry), 1, 1, "", "is not a credential's folder", "move it to credentials/<slug>/v1.yaml")
            )
            continue
        versions: dict[int, Path] = {}
        for path in sorted(entry.iterdir()):
            match = _VERSION_FILE.fullmatch(path.name)
            if match is None or not path.is_file():
                faults.append(
                    Fault(str(path), 1, 1, "", "is not a version of a credential", "call it v1.yaml, v2.yaml, ...")
                )
            else:
                versions[int(match[1])] = path
        gap = next((n for n in range(1, max(versions, default=1) + 1) if n not in versions), None)
        if gap is not None:
            file = str(entry / f"v{gap}.yaml")
            faults.append(
                Fault(
                    file,
                    1,
                    1,
                    "",
                    "is left out",
                    "versions count from 1 without a gap: put it there, or rename the later ones",
                )
            )
        files += [versions[n] for n in sorted(versions)]
    if not root.is_dir() or not any(root.iterdir()):
        faults.append(
            Fault(str(root), 1, 1, "", "holds no credentials", "put them there, as credentials/<slug>/v1.yaml")
        )
    return files


def _place(path: Path, source: Source, definition: CredentialDefinition) -> list[Fault]:
    faults = []
    if definition.slug != path.parent.name:
        faults.append(
            source.fault(
                ("slug",),
                f"{definition.slug!r} stands in the folder {path.parent.name!r}",
                "make slug and folder the same",
            )
        )
    if f"v{definition.version}.yaml" != path.name:
        faults.append(
            source.fault(
                ("version",), f"{definition.version} stands in {path.name}", "make version and file name the same"
            )
        )
    return faults


def _one_open(found: list[tuple[Source, CredentialDefinition]]) -> list[Fault]:
    opened = sorted(
        ((d.slug, d.version, source) for source, d in found if d.state == "open"), key=lambda entry: entry[:2]
    )
    faults = []
    for slug, versions in groupby(opened, key=lambda entry: entry[0]):
        *older, (_, newest, _) = versions
        for _, version, source in older:
            faults.append(
                source.fault(
                    ("state",),
                    f"versions {version} and {newest} of {slug} are both open",
                    "make the older one `retired`",
                )
            )
    return faults


def _released(folder: Path, found: list[tuple[Source, CredentialDefinition]]) -> list[Fault]:
    entries, wrong = lock.read(folder)
    file = str(folder / lock.FILE)
    faults = [
        Fault(file, number, 1, "", "is not `<sha256>  <slug>/v<version>`", "restore the line") for number, _ in wrong
    ]
    present = {lock.name(definition): (source, definition) for source, definition in found}
    for name, expected in entries.items():
        if name not in present:
            file_of = f"credentials/{name}.yaml"
            faults.append(
                Fault(
                    str(folder / file_of),
                    1,
                    1,
                    "",
                    "was released and is gone",
                    "restore it: applications are pinned to it",
                )
            )
        elif lock.digest(present[name][1]) != expected:
            source, definition = present[name]
            remedy = (
                "restore it (policy.yaml's agreement counts), and copy it to"
                f" v{definition.version + 1}.yaml to change it"
            )
            faults.append(
                source.fault(
                    (), f"version {definition.version} was released, and its judged parts have changed", remedy
                )
            )
    return faults
