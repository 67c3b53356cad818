"""`python -m bench.fuzz`: requests made from each service's own `/openapi.json` by schemathesis, on a stack of its own
on this machine.

`--cases` is the least number of requests over all services. It prints the number of requests and the findings: answers
that the description does not have, server errors, data that fits the description and is refused, or does not fit and is
accepted. It ends with 1 if there are findings.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.ground import folder_of_servers
from devstack.databases import SERVICES
from devstack.programs import plan_from
from devstack.stack import Stack
from devstack.world import Person, World

ROLES = ["reviewer", "chair", "staff", "operator", "admin"]
SIGNS_OUT = "/api/sessions/current"
"""This operation comes last and has its own session, because it makes the token invalid."""
RULES_BEYOND = (
    "/api/staff/applications",
    "/api/staff/applications.csv",
    "/api/staff/applications/{application_id}/extension",
    "/api/staff/applications/{application_id}/reopenings",
    "/api/staff/audit",
    "/api/staff/cohorts",
    "/api/staff/cohorts/{cohort_id}",
    "/api/staff/cohorts/{cohort_id}/sessions",
    "/api/staff/cohorts/{cohort_id}/sessions/{session_id}",
    "/api/staff/periods",
    "/api/staff/periods/{period_id}",
    "/api/staff/program/{slug}/{version}/moves",
    "/api/staff/program/{slug}/{version}/moves/preview",
)
"""These have rules between fields, or between a field and what there is, which no schema can say: a period must not be
over, a list is bounded by the time by which it is sorted, a move names requirements that both versions have. So what
fits their schema may be refused; all other checks stay."""
ERASES = "/api/me"
"""This operation erases who is signed in, so it has its own person."""


@dataclass(frozen=True)
class Found:
    """The number of requests to one service, and what was wrong with its answers, in the words of schemathesis."""

    service: str
    cases: int
    failures: int
    words: str


async def _somebody(world: World, admin: Person, email: str, service: str) -> Person:
    """A person with all roles, of whom the service has heard."""
    me = await world.sign_in(email, "Farah Fuzz")
    await admin.do("PUT", "intake", f"/api/people/{me.person_id}/roles", json={"roles": ROLES})
    await me.found(service, "/openapi.json")
    return me


async def fuzz(world: World, admin: Person, service: str, examples: int, seed: int) -> Found:
    """Send requests to a service, up to `examples` to each operation in each of schemathesis' phases. Each service gets
    its own person."""
    me = await _somebody(world, admin, f"fuzz-{service}@example.org", service)
    operations = (await world.request("GET", service, "/openapi.json", ok=True)).body["paths"]
    beyond = [path for path in RULES_BEYOND if path in operations]
    runs: list[tuple[Person, tuple[str, ...]]] = [(me, _paths("--exclude-path", [SIGNS_OUT, ERASES, *beyond]))]
    if beyond:
        runs.append((me, (*_paths("--include-path", beyond), "--exclude-checks", "positive_data_acceptance")))
    if ERASES in operations:
        other = await _somebody(world, admin, f"fuzz-erased-{service}@example.org", service)
        runs.append((other, ("--include-path", ERASES)))
    if SIGNS_OUT in operations:
        runs.append((me, ("--include-path", SIGNS_OUT)))
    found = [
        await asyncio.to_thread(_run, world.addresses[service], who.token, examples, seed, run)
        for who, run in runs
        if operations
    ]
    return Found(
        service,
        sum(one[0] for one in found),
        sum(one[1] for one in found),
        "\n".join(one[2] for one in found if one[1]),
    )


def _paths(option: str, paths: list[str]) -> tuple[str, ...]:
    return tuple(word for path in paths for word in (option, path))


def _run(address: str, token: str, examples: int, seed: int, chosen: tuple[str, ...]) -> tuple[int, int, str]:
    with tempfile.TemporaryDirectory(prefix="microcred-fuzz-") as folder:
        report = Path(folder) / "report.json"
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{address}/openapi.json",
            "--checks",
            "all",
            *chosen,
        ]
        command += ["--header", f"Authorization: Bearer {token}", "--max-examples", str(examples), "--seed", str(seed)]
        command += ["--continue-on-failure", "--no-shrink", "--no-color", "--report-json-path", str(report)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if not report.exists():
            raise SystemExit(f"schemathesis did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        cases = json.loads(report.read_text())["test_cases"]
        return int(cases["generated"]), int(cases["unique_failures"]) + int(cases["errored"]), done.stdout


async def fuzz_all(stack: Stack, cases: int, seed: int) -> int:
    """Fuzz service by service until there were this many cases. Returns the number of failures."""
    total = failures = round_number = 0
    async with World(stack.addresses()) as world:
        admin = await world.sign_in("admin@example.org", "Alex Admin")
        while total < cases:
            for service in SERVICES:
                found = await fuzz(world, admin, service, 60, seed + round_number)
                total, failures = total + found.cases, failures + found.failures
                sys.stdout.write(f"{service:<9} {found.cases:6} requests, {found.failures} findings\n{found.words}")
                sys.stdout.flush()
            round_number += 1
    sys.stdout.write(f"{total} requests in {round_number} rounds, {failures} findings\n")
    return failures


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = folder_of_servers()
    stack = Stack(
        plan_from({**os.environ, "MICROCRED_STATE": str(folder), "MICROCRED_PORT_OFFSET": "1700"}), Console(stderr=True)
    )
    try:
        stack.up()
        failures = asyncio.run(fuzz_all(stack, given.cases, given.seed))
    finally:
        stack.reset()
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
