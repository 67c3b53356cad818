"""The command `microcred`. It calls the devstack, the contracts, the program and the services' HTTP."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.roles import give_roles
from devstack import journey as walking
from devstack import seed as seeding
from devstack.hold import at_work, held
from devstack.programs import plan_from
from devstack.stack import Stack
from devstack.telling import ALIVE, address_table, last_lines, run_program, status_table, told
from devstack.world import WalkFailed, World

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
program = typer.Typer(no_args_is_help=True, help="The micro-credential program as data.")
app.add_typer(program, name="program")

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
console = Console()


@contextlib.contextmanager
def _told() -> Iterator[Stack]:
    """The stack of this checkout. An error is told in a sentence and ends the command with exit code 1."""
    with told(console):
        yield Stack(plan_from(os.environ), console)


@app.command()
def up(
    context: typer.Context,
    seed: Annotated[bool, typer.Option(help="Put the people of the demo in.")] = True,
    journey: Annotated[bool, typer.Option(help="Run one demonstration journey.")] = True,
) -> None:
    """Start everything on this machine and return when it is ready. It may be run again."""
    started = time.monotonic()
    with _told() as stack, held(stack.folder, "up", context.obj) as hold:
        stack.up(hold)
        addresses = stack.addresses()
        console.print(address_table(addresses))
        if seed:
            hold.say("putting in the demo's people")
            asyncio.run(seeding.run(console))
        if journey:
            hold.say("walking one application")
            asyncio.run(walking.run(1, console))
    console.print(
        f"Ready after {time.monotonic() - started:.0f} s. `make status`, `make logs`, `make down`."
        f" Open [link={addresses['web']}]{addresses['web']}[/link]",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def down(context: typer.Context) -> None:
    """Stop everything; data stays."""
    with _told() as stack:
        if not stack.down(context.obj):
            console.print("Nothing was running.")


@app.command()
def status() -> None:
    """Show what runs, since when, and where. The exit code is 1 if something does not run."""
    with _told() as stack:
        states = stack.supervisor.states()
        busy = at_work(stack.folder)
        if states:
            console.print(status_table(states, stack.addresses()))
        if busy or not states:
            console.print(
                busy or "The stack is down. `make up` starts it.", markup=False, highlight=False, soft_wrap=True
            )
        if not states or any(state.state not in ALIVE for state in states):
            raise typer.Exit(1)


@app.command()
def logs(
    service: Annotated[
        str | None, typer.Argument(help="One program, as `microcred status` names it; all when left out.")
    ] = None,
    lines: Annotated[int, typer.Option("-n", help="How many lines of each.")] = 40,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Show the last lines of the programs' logs."""
    with _told() as stack:
        paths = sorted(stack.supervisor.log_of("x").parent.glob(f"{service or '*'}.log"))
        if not paths:
            which = (
                f"There is no log{f' of {service}' if service else ''}. Programs: postgres,"
                " kafka, mailbox, stripe, the services and web."
            )
            console.print(at_work(stack.folder) or which, markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1)
        for path in paths:
            _print_lines(path.stem, last_lines(path, lines))
        if follow:
            _follow(paths)


@app.command()
def reset(context: typer.Context) -> None:
    """Stop everything and remove all data, keys and logs of this checkout's stack."""
    with _told() as stack:
        stack.reset(context.obj)
        console.print("All data, keys and logs of the stack are gone. `make up` starts anew.")


@app.command()
def journey(count: Annotated[int, typer.Option(min=1, help="How many, one after the other.")] = 1) -> None:
    """Run one demonstration journey on the running stack."""
    with _told() as stack:
        if busy := at_work(stack.folder):
            raise WalkFailed(busy)
        asyncio.run(walking.run(count, console))


@app.command()
def roles(
    email: str,
    role: Annotated[
        list[str] | None,
        typer.Argument(help="reviewer chair staff operator admin; without one, all roles are taken away"),
    ] = None,
) -> None:
    """Set the roles of the person with this e-mail address."""
    with _told():
        given = asyncio.run(give_roles(World.of_this_checkout(os.environ), email, role or []))
        console.print(f"{email}: {', '.join(given) or 'no roles'}", highlight=False)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def contracts(context: typer.Context) -> None:
    """Generate, check and print the published language: `microcred contracts --help`."""
    raise typer.Exit(run_program("contracts", context.args))


@program.command()
def check(folder: Annotated[Path | None, typer.Argument(help="The folder with the YAML files.")] = None) -> None:
    """Check the program's files. An error names file, line and remedy."""
    raise typer.Exit(run_program("program", ["check", *([str(folder.resolve())] if folder else [])]))


def _print_lines(name: str, lines: list[str]) -> None:
    for line in lines:
        console.print(f"[cyan]{name:>9}[/] ", end="")
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _follow(paths: list[Path]) -> None:
    places = {path: path.stat().st_size for path in paths}
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            for path, place in places.items():
                size = path.stat().st_size
                if size < place:
                    place = 0  # a new log file was begun
                with path.open("rb") as file:
                    file.seek(place)
                    whole = file.read(size - place).rpartition(b"\n")[0]
                if whole:
                    _print_lines(path.stem, whole.decode(errors="replace").splitlines())
                    place += len(whole) + 1
                places[path] = place
            time.sleep(0.3)
