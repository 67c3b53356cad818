"""`python -m contracts events|generate|check|release`: list who says and hears each event, write the generated files,
check a change, keep a release."""

import argparse
import re
import sys
from pathlib import Path

from contracts import asyncapi, check, history
from contracts.compatibility import Finding
from contracts.event import EVENTS
from contracts.topics import TOPICS

DEFAULT_BASE = "main"


def events() -> str:
    """Each topic with its key and retention, and under it each event with the services that say and hear it, as aligned
    text."""
    rows: list[tuple[str, str, str]] = []
    for topic in sorted(TOPICS.values(), key=lambda topic: topic.name):
        kept = (
            "newest of each key" if topic.compacted else "for ever" if topic.keep is None else f"{topic.keep.days} days"
        )
        rows.append((topic.name, f"key: {topic.key}", f"partitions: {topic.partitions}, kept: {kept}"))
        heard: dict[str, list[str]] = {}
        for consumer, names in sorted(asyncapi.receivers(topic).items()):
            for name in names:
                heard.setdefault(name, []).append(consumer)
        for name in sorted(heard):
            says = EVENTS[name].TYPE.split(".")[0] if name in EVENTS else ", ".join(topic.producers)
            rows.append((f"  {name}", f"{says} says", f"hear: {', '.join(heard[name])}"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{first.ljust(widths[0])}  {second.ljust(widths[1])}  {third}\n" for first, second, third in rows)


def write_generated(folder: Path) -> list[str]:
    """Write files that are out of date and remove schemas of events that do not exist any more. Returns the names of
    both."""
    fresh, files = check.generated(), history.in_folder(folder)
    over = [name for name in files if name.startswith("schemas/") and name not in fresh]
    stale = [name for name, text in fresh.items() if files.get(name) != text.encode()]
    for name in over:
        (folder / name).unlink()
    for name in stale:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(fresh[name], encoding="utf-8")
    return sorted([*over, *stale])


def run_check(folder: Path, base: str | None) -> int:
    """Print what is wrong, and what the contracts were compared with. Returns 1 if something is wrong. A `base` other
    than the default must exist."""
    files = history.in_folder(folder)
    found = [*check.check_generated(files), *check.check_examples(files), *check.check_released(files)]
    compared = [f"compared with release {version}" for version in check.releases(files)] or [
        "no release yet to compare with"
    ]
    try:
        revision, earlier = history.at_base(folder, base or DEFAULT_BASE)
        found += check.check_base(files, earlier)
        compared.append(f"compared with revision {revision[:12]}")
    except history.NoBase as reason:
        if base is not None:
            found.append(Finding(f"--base {base}", "", str(reason), "name a revision that is here"))
        compared.append(f"not compared with {base or DEFAULT_BASE}: {reason}")
    lines = [*dict.fromkeys(str(finding) for finding in found)]
    sys.stdout.write("".join(f"{line}\n" for line in [*lines, *compared]))
    return 1 if lines else 0


def release(folder: Path, version: str) -> str:
    """Copy schemas, topics and examples to `released/<version>`. Raises ValueError when it exists or is not later than
    the others."""
    files = history.in_folder(folder)
    if re.fullmatch(r"\d+\.\d+\.\d+", version) is None:
        raise ValueError(f"{version!r} is not a version: use three numbers, such as 1.4.0")
    last = next(reversed(check.releases(files)), None)
    if last is not None and check.numbers(version) <= check.numbers(last):
        raise ValueError(f"{version} does not come after {last}, and releases are never changed")
    copied = {name: content for name, content in files.items() if not name.startswith("released/")}
    for name, content in copied.items():
        path = folder / "released" / version / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return f"released {version}: {len(copied)} files"


def main(arguments: list[str], folder: Path = check.FOLDER) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("events", help="who says and who hears each event")
    commands.add_parser("generate", help="write schemas/ and asyncapi.json")
    checker = commands.add_parser("check", help="fail when a generated file is old or a change is incompatible")
    checker.add_argument("--base", metavar="REV", help=f"the branch that this one goes into (default: {DEFAULT_BASE})")
    releaser = commands.add_parser("release", help="keep these contracts for ever")
    releaser.add_argument("version", metavar="VERSION")
    options = parser.parse_args(arguments)
    match options.command:
        case "events":
            sys.stdout.write(events())
        case "generate":
            sys.stdout.write("".join(f"{name}\n" for name in write_generated(folder)) or "all up to date\n")
        case "check":
            return run_check(folder, options.base)
        case "release":
            if run_check(folder, None):
                return 1
            try:
                sys.stdout.write(f"{release(folder, options.version)}\n")
            except ValueError as error:
                sys.stdout.write(f"{error}\n")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
