"""Processes of our modules, forked from a process that has imported everything.

A service needs a second for its imports, and tests start hundreds. Here each process is forked from one that has done
them already (the standard library's fork server, one for each of pytest's workers). From there on it is like `python -m
<module> <arguments>`: it has a session, an environment, a folder and an exit code of its own, and can be killed. The
fixture `whole` of `tests/system` and `test_devstack_stack` try the real commands.
"""

import contextlib
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.child import Child, Started

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.forked_imports"])


class Forked:
    """`python -m <module> <arguments>`, started by making one; its output is added to the log. Speaks like
    `subprocess.Popen`."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        log: Path,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        given = dict(os.environ if environ is None else environ)
        # A daemon: what a test leaves running is ended with the tests and not waited for.
        self._process = _context.Process(
            target=_become, args=(module, list(arguments), log, given, folder or Path.cwd()), name=module, daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, signal: int) -> None:
        """Send it a signal; nothing happens when it has ended."""
        # The fork server takes note of an end a moment before we hear of it.
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal)


@dataclass
class ForkedChild(Child):
    """A child whose command is `[sys.executable, "-m", module, *arguments]`, as a fork."""

    def _launch(self) -> Started:
        python, m, module, *arguments = self.command
        assert (python, m, self.user) == (sys.executable, "-m", None)
        return Forked(module, arguments, self.log, self.environ, self.folder)


def _become(module: str, arguments: list[str], log: Path, environ: dict[str, str], folder: Path) -> None:
    """Run in the fork: do what the command would do."""
    os.setsid()  # a Ctrl-C at the terminal reaches the tests, which then end this in order
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]  # PYTHONUNBUFFERED comes too late here
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
