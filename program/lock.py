"""Released versions never change. `released.lock` holds the sha256 of the judged parts of each version on which
applications stay."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from contracts.catalog import CredentialDefinition

FILE = "released.lock"
JUDGED = frozenset(
    {"agreement", "criteria", "eligibility", "eligibility_rule", "groups", "paths", "requirements", "rubric"}
)
"""Parts that an applicant agreed to or is judged by. Name, state, fee, resources and the like may change within a
version."""
_EXPLAINED = {"paths": {"options": {"__all__": {"help": True}}}}
"""Explanations inside a judged part, which change nothing in it."""


def name(definition: CredentialDefinition) -> str:
    """The name of a version, such as `community-partnerships/v1`."""
    return f"{definition.slug}/v{definition.version}"


def digest(definition: CredentialDefinition) -> str:
    """The sha256 of the judged parts. A value that equals the contract's default counts as absent, so that contracts
    may grow."""
    parts = definition.model_dump(mode="json", include=set(JUDGED), exclude=_EXPLAINED, exclude_defaults=True)
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read(folder: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """The released digests by name, and the lines (number, text) that do not have the form `<sha256>
    <slug>/v<version>`."""
    path = folder / FILE
    entries: dict[str, str] = {}
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], start=1):
        if not line.strip() or line.startswith("#"):
            continue
        value, _, version = line.partition("  ")
        if len(value) != 64 or not set(value) <= set("0123456789abcdef") or "/v" not in version or version in entries:
            wrong.append((number, line))
        else:
            entries[version] = value
    return entries, wrong


def write(folder: Path, entries: Mapping[str, str]) -> None:
    """Replace the file."""
    lines = [f"{entries[version]}  {version}" for version in sorted(entries)]
    text = (
        "# Written by `python -m program release`. Applications are pinned to these"
        " versions: a line is never changed or removed.\n"
    )
    (folder / FILE).write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
