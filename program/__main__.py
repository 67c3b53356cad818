"""`python -m program check|release|schema [DIR]`: check the program, pin open versions, write the schema for
editors."""

import argparse
import sys
from pathlib import Path

from contracts.catalog import CredentialDefinition
from program import lock, schema
from program.loader import Program, ProgramError, load
from program.source import Fault

HERE = Path(__file__).parent


def check(folder: Path) -> list[Fault]:
    """All faults of the program in `folder`. Open versions that are not pinned are faults too, because a release needs
    them pinned."""
    try:
        program = load(folder)
    except ProgramError as error:
        return list(error.faults)
    entries, _ = lock.read(folder)
    faults = [
        Fault(
            str(folder / lock.FILE),
            1,
            1,
            "",
            f"{lock.name(definition)} is open and not in it",
            "run `python -m program release`",
        )
        for definition in program.credentials
        if definition.state == "open" and lock.name(definition) not in entries
    ]
    file = folder / schema.FILE
    if not file.exists() or file.read_text(encoding="utf-8") != schema.text():
        faults.append(Fault(str(file), 1, 1, "", "is out of date", "run `python -m program schema`"))
    return faults


def release(folder: Path) -> list[str]:
    """Pin every open version that is not pinned yet. Pinned versions stay. Returns the names added. Raises
    ProgramError."""
    program = load(folder)
    entries, _ = lock.read(folder)
    added = [
        definition
        for definition in program.credentials
        if definition.state == "open" and lock.name(definition) not in entries
    ]
    lock.write(folder, entries | {lock.name(definition): lock.digest(definition) for definition in added})
    return [lock.name(definition) for definition in added]


def table(program: Program) -> str:
    """The catalog as aligned text."""
    heads = ("credential", "version", "state", "items", "requirements", "resources", "fee (minor units)")
    rows = [heads, *(_row(definition) for definition in program.credentials)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(definition: CredentialDefinition) -> tuple[str, ...]:
    fee = f"{definition.fee.amount_minor} {definition.fee.currency}"
    counts = (len(definition.items), len(definition.requirements), len(definition.resources))
    return (definition.slug, str(definition.version), definition.state, *(str(count) for count in counts), fee)


def main(arguments: list[str]) -> int:
    """Exit code 1 if the program has faults."""
    parser = argparse.ArgumentParser(prog="python -m program", description=__doc__)
    parser.add_argument("command", choices=("check", "release", "schema"))
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, metavar="DIR")
    options = parser.parse_args(arguments)
    folder: Path = (
        options.folder if not options.folder.is_relative_to(Path.cwd()) else options.folder.relative_to(Path.cwd())
    )
    match options.command:
        case "check":
            if faults := check(folder):
                sys.stdout.write("".join(f"{fault}\n" for fault in faults) + f"{len(faults)} to correct\n")
                return 1
            sys.stdout.write(f"{table(load(folder))}\n")
        case "release":
            try:
                added = release(folder)
            except ProgramError as error:
                sys.stdout.write(f"{error}\n")
                return 1
            sys.stdout.write("".join(f"pinned {name}\n" for name in added) or "nothing new to pin\n")
        case "schema":
            (folder / schema.FILE).write_text(schema.text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
