"""`.venv` is made from the remains of an interrupted run, by one process at a time. A command begins where the
installation ends.

The test uses a checkout of a few files, whose lock holds the installer and the tools that build a project. It downloads
those from the package registries.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devstack.paths import CHECKOUT

pytestmark = pytest.mark.long

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "microcred"
version = "0"

[project.scripts]
microcred = "tiny:main"

[tool.hatch.build.targets.wheel]
packages = ["tiny"]
"""
PROGRAM = """\
import os, sys, time
def main():
    print("begun", *sys.argv[1:], flush=True)
    os.close(int(os.environ["MICROCRED_INSTALL_LOCK"])) if "letting-go" in sys.argv else None
    time.sleep(float(sys.argv[-1]) if sys.argv[-1].isdecimal() else 0)
"""
LOCKED = ("uv", "hatchling", "editables", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
MOMENTS: dict[str, Callable[[Path], bool]] = {
    "pip is there": lambda venv: any(venv.glob("lib/*/site-packages/pip/__init__.py")),
    "uv is there": lambda venv: (venv / "bin" / "uv").exists(),
}


class Checkout:
    """A checkout, and what `make` runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.venv = folder, folder / ".venv"
        (folder / "devstack").mkdir()
        (folder / "tiny").mkdir()
        for name in ("install.sh", "install.py"):
            shutil.copy(CHECKOUT / "devstack" / name, folder / "devstack" / name)
        (folder / "tiny" / "__init__.py").write_text(PROGRAM)
        (folder / "pyproject.toml").write_text(PROJECT)
        (folder / "requirements.lock").write_text("".join(map(_locked, LOCKED)))

    def start(self, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        command = ["sh", str(self.folder / "devstack" / "install.sh"), *arguments]
        output = subprocess.PIPE
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environ},
            start_new_session=True,
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str]:
        with self.start(*arguments, **environ) as process:
            said, _ = process.communicate(timeout=100)
        return process.returncode, said


def _locked(name: str) -> str:
    """A package's lines in the lock of this checkout."""
    found = re.search(rf"^{name}==(?:.*\\\n)*.*\n", (CHECKOUT / "requirements.lock").read_text(), re.MULTILINE)
    assert found is not None
    return found.group()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """One where everything is installed."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    code, said = checkout.run()
    assert code == 0, said
    return checkout


@pytest.mark.parametrize(
    ("moment", "number"),
    [("pip is there", signal.SIGKILL), ("uv is there", signal.SIGKILL), ("pip is there", signal.SIGINT)],
)
def test_an_interrupted_installation_is_made_anew_by_the_next_command(
    checkout: Checkout, moment: str, number: signal.Signals
) -> None:
    with checkout.start("up") as process:
        until(lambda: MOMENTS[moment](checkout.venv) or process.poll() is not None)
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert (process.returncode, said.splitlines()[-1]) == (130, "✗ Interrupted; `make up` goes on from here.")
    assert not (checkout.venv / ".installed").exists()
    (checkout.venv / "left over").touch()

    code, said = checkout.run("up")
    assert (code, said.splitlines()[-1]) == (0, "begun up"), said
    assert "Making .venv with Python 3." in said
    assert not (checkout.venv / "left over").exists()
    assert checkout.run("status") == (0, "begun status\n")


def test_what_is_up_to_date_is_left_and_what_is_not_is_brought_up_to_date(installed: Checkout) -> None:
    (installed.venv / "kept").touch()
    assert installed.run("status", "-v") == (0, "begun status -v\n")
    os.utime(installed.folder / "pyproject.toml")
    code, said = installed.run("status")
    assert (code, said.splitlines()[0].partition(" (")[0], said.splitlines()[-1]) == (
        0,
        "Updating .venv",
        "begun status",
    )
    assert (installed.venv / "kept").exists()
    assert installed.run("status") == (0, "begun status\n")


def test_a_failed_update_leaves_nothing_that_is_taken_for_whole(installed: Checkout) -> None:
    lock = (installed.folder / "requirements.lock").read_text()
    more = _locked("iniconfig")
    more = re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", more)
    (installed.folder / "requirements.lock").write_text(lock + more)
    code, said = installed.run("status")
    assert code == 1
    assert said.endswith(
        "✗ Packages cannot be installed (see above). Check the network and free disk space (600 MB) and try again.\n"
    )
    assert not (installed.venv / ".installed").exists()
    (installed.folder / "requirements.lock").write_text(lock)
    code, said = installed.run("status")
    assert (code, said.splitlines()[-1]) == (0, "begun status"), said


def test_until_it_lets_go_a_command_that_installed_keeps_others_out(installed: Checkout) -> None:
    with installed.start("up", "20") as up:
        assert up.stdout is not None
        assert up.stdout.readline() == "begun up 20\n"
        code, said = installed.run("down")
        assert (code, said) == (
            1,
            f"\n✗ `make up 20` is at work in this checkout (process {up.pid}, beginning). Wait for it, or stop it:"
            f" Ctrl-C where it runs, or `kill {up.pid}`. Then try again.\n",
        )
        up.kill()
    with installed.start("up", "letting-go", "20") as up:
        assert up.stdout is not None
        assert up.stdout.readline() == "begun up letting-go 20\n"
        assert installed.run("down") == (0, "begun down\n")
        up.kill()


def test_two_at_once_are_one_after_the_other(checkout: Checkout) -> None:
    with checkout.start() as first:
        until((checkout.venv / "bin").exists)
        code, said = checkout.run()
        assert first.wait(60) == 0
    assert (code, said) == (
        0,
        f"`make` is at work in this checkout (process {first.pid}, installing .venv). Waiting for it\n",
    )


def test_an_installer_that_a_killed_command_left_is_waited_for(installed: Checkout) -> None:
    """It holds the lock, as uv and pip do, and the process that is named in it is gone."""
    program = (
        "import fcntl, sys, time; lock = open(sys.argv[1]); fcntl.flock(lock,"
        " fcntl.LOCK_EX); print('held', flush=True); time.sleep(6)"
    )
    holding = [sys.executable, "-c", program, str(installed.folder / ".venv.lock")]
    with subprocess.Popen(holding, stdout=subprocess.PIPE, text=True) as left:
        assert left.stdout is not None
        assert left.stdout.readline() == "held\n"
        gone = subprocess.Popen(["true"])
        gone.wait()
        (installed.folder / ".venv.lock").write_text(f"{gone.pid} make up: installing .venv".ljust(200))
        code, said = installed.run("up")
        assert left.wait(2) == 0
    assert (code, said) == (0, "An interrupted `make` left an installer running; waiting for its end\nbegun up\n")
