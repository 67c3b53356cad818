"""`python -m bench.interrupted`: interrupts a first `make up` at many moments, by Ctrl-C and by `kill -9`. The next one
must succeed.

Each try has a fresh state folder and a warm cache. The moments are spread over the time of an undisturbed run; others
are when certain files appear. Ctrl-C reaches the whole process group, as at a terminal. `kill -9` reaches only the
command, so its children go on. Afterwards nothing may still run.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench.ground import folder_of_servers
from devstack import kafka
from devstack.paths import CHECKOUT
from devstack.ports import free_offset
from devstack.programs import PORTS

FILES = (
    "keys/issuer.pem",
    "postgres/**/PG_VERSION",
    "postgres/data",
    "kafka/data",
    "supervisord.sock",
    "logs/kafka.log",
    "logs/intake.log",
)
SIGNALS = {"Ctrl-C": signal.SIGINT, "kill": signal.SIGKILL}
SENTENCE = "Interrupted; `make up` goes on from here."
LONGEST = 300.0


class Broken(Exception):
    """An interruption did harm. The message says which, and shows the output."""


@dataclass
class Trial:
    """One state folder, and the command on it."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the command as its own process group. Its output goes to a file."""
        environ = {
            **os.environ,
            "MICROCRED_STATE": str(self.state),
            "MICROCRED_PORT_OFFSET": str(self._offset),
            "COLUMNS": "200",
        }
        with self._said.open("w") as output:
            command = [sys.executable, "-m", "cli", *arguments]
            return subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def run(self, *arguments: str) -> None:
        """Run the command to its end. It must succeed."""
        process = self.start(*arguments)
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            code = -1
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
        if code != 0 or "Traceback" in self.said():
            raise Broken(f"`microcred {' '.join(arguments)}` ended with {code}:\n{self.said()[-4000:]}")

    def said(self) -> str:
        return self._said.read_text()

    def left_running(self) -> list[str]:
        """The command lines of processes that name this state folder."""
        found = []
        for process in psutil.process_iter(["pid", "cmdline", "environ"]):
            known = [*(process.info["cmdline"] or []), *(process.info["environ"] or {}).values()]
            if process.pid != os.getpid() and any(str(self.state) in word for word in known):
                found.append(" ".join(process.info["cmdline"] or [])[:200])
        return found

    def __post_init__(self) -> None:
        self._offset = free_offset(PORTS.values())
        self._said = self.folder / "said"


def interrupt(trial: Trial, number: signal.Signals, is_time: Callable[[], bool]) -> str:
    """Begin a first `make up` and interrupt it at a moment. Returns what it was doing then. Raises Broken if it did not
    end cleanly."""
    process = trial.start("up")
    while not is_time() and process.poll() is None:
        time.sleep(0.001)
    if process.poll() is not None:
        return "it had come to its end"
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    code = process.wait(60)
    lines = [line for line in trial.said().splitlines() if line.strip()]
    if code == 0 and lines[-1].startswith("Ready after"):
        return "it had come to its end"
    if number == signal.SIGINT and (code, lines[-1:]) != (130, [SENTENCE]):
        raise Broken(f"Ctrl-C: `make up` ended with {code} and said:\n{trial.said()[-4000:]}")
    return next((f"after: {line}" for line in reversed(lines) if line != SENTENCE), "at its beginning")


def try_once(number: signal.Signals, is_time_of: Callable[[Trial], Callable[[], bool]]) -> str:
    """Interrupt a first `make up`, run the next one to its end, and remove everything. Raises Broken."""
    folder = folder_of_servers()
    trial = Trial(folder)
    try:
        where = interrupt(trial, number, is_time_of(trial))
        trial.run("up")
        trial.run("reset")
        if trial.state.exists() or (left := trial.left_running()):
            raise Broken(f"`make reset` left {trial.state if trial.state.exists() else left}")
        return where
    finally:
        if trial.state.exists():
            trial.start("reset").wait(LONGEST)
        shutil.rmtree(folder, ignore_errors=True)


def appears(pattern: str) -> Callable[[Trial], Callable[[], bool]]:
    """The moment at which a file of the state folder appears."""
    return lambda trial: lambda: any(trial.state.glob(pattern))


def after(seconds: float) -> Callable[[Trial], Callable[[], bool]]:
    """The moment this long after the beginning."""

    def begin(_: Trial) -> Callable[[], bool]:
        end = time.monotonic() + seconds
        return lambda: time.monotonic() >= end

    return begin


def undisturbed() -> float:
    """The seconds of an undisturbed first `make up` on this machine now."""
    folder = folder_of_servers()
    trial = Trial(folder)
    began = time.monotonic()
    try:
        trial.run("up")
        return time.monotonic() - began
    finally:
        trial.run("reset")
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command. It ends with 1 if an interruption did harm."""
    parser = argparse.ArgumentParser(prog="python -m bench.interrupted")
    parser.add_argument(
        "--moments", type=int, default=20, help="of each kind, spread over the time of an undisturbed `make up`"
    )
    parser.add_argument("--files", nargs="*", default=FILES, help="moments at which these appear in the state folder")
    parser.add_argument("--by", nargs="*", default=list(SIGNALS), choices=list(SIGNALS))
    given = parser.parse_args(arguments)
    kafka.prepare()  # the cache is warm from here on
    broken = tried = 0
    for kind in given.by:
        moments = [(f"when {pattern} appears", appears(pattern)) for pattern in given.files]
        if given.moments:
            whole = undisturbed()
            sys.stdout.write(f"undisturbed: {whole:.1f} s\n")
            times = [whole * (number + 0.5) / given.moments for number in range(given.moments)]
            moments += [(f"after {seconds:.1f} s", after(seconds)) for seconds in times]
        for name, moment in moments:
            tried += 1
            try:
                sys.stdout.write(f"{kind} {name}: {try_once(SIGNALS[kind], moment)}; the next one succeeded\n")
            except Broken as error:
                broken += 1
                sys.stdout.write(f"{kind} {name}: BROKEN. {error}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{tried} interruptions, {broken} of them did harm\n")
    if broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
