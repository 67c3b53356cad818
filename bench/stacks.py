"""The whole stack that a benchmark measures, and the CPU and memory of its programs."""

import argparse
import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import psutil  # type: ignore[import-untyped]
from rich.console import Console

from bench.ground import Size, folder_of_servers, size
from devstack.databases import SERVICES
from devstack.ports import free_offset
from devstack.programs import PORTS, Plan, plan_from
from devstack.stack import Stack

MEGABYTE = 1_000_000


def run(name: str, measure: Callable[[Stack, Size], Awaitable[None]]) -> None:
    """Run `python -m bench.<name>`: `measure` on a stack of its own, or with `--here` on the one of `make up`."""
    how, given = size(name, _here)

    async def measured(stack: Stack) -> None:
        await measure(stack, how)

    if given.here:
        asyncio.run(measured(Stack(plan_from(os.environ), Console(stderr=True))))
        return
    with a_stack() as (stack, _):
        asyncio.run(measured(stack))


@contextmanager
def a_stack() -> Iterator[tuple[Stack, Plan]]:
    """A running stack with its own state and ports, and its plan. At the end it is stopped and its data is removed."""
    folder = folder_of_servers()
    plan = Plan(folder / "state", free_offset(PORTS.values()))
    stack = Stack(plan, Console(stderr=True))
    try:
        stack.up()
        yield stack, plan
    finally:
        stack.reset()
        shutil.rmtree(folder, ignore_errors=True)


def processes(stack: Stack) -> dict[str, psutil.Process]:
    """The stack's programs, and this one (the client)."""
    found = {state.name: psutil.Process(state.pid) for state in stack.supervisor.states() if state.pid}
    return {**found, "client": psutil.Process()}


def cpu_seconds(process: psutil.Process) -> float:
    """The CPU seconds of a process and its children, ended ones included."""
    times = process.cpu_times()
    total = times.user + times.system
    if process.pid != os.getpid():
        total += times.children_user + times.children_system
        for child in process.children(recursive=True):
            try:
                used = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += used.user + used.system
    return float(total)


def resident(stack: Stack) -> dict[str, float]:
    """Resident memory of each service, in megabytes (10^6 bytes)."""
    return {
        name: process.memory_info().rss / MEGABYTE for name, process in processes(stack).items() if name in SERVICES
    }


def _here(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--here", action="store_true", help="on the stack that `make up` started, instead of one of its own"
    )
