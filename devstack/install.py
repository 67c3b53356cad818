"""Makes `.venv` from requirements.lock (every file is checked by its hash) and this checkout. Then it becomes the
command `microcred`, if it has arguments.

`devstack/install.sh` runs it; it needs only a Python. `.venv/.installed` is removed first and made last, so a folder
without it was interrupted and is made again. Only one process at a time works on `.venv`. `make up` keeps that lock
until it has the lock of the stack, so that no other command comes in between.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
INSTALLED = VENV / ".installed"
PYTHON = VENV / "bin" / "python"
MICROCRED = VENV / "bin" / "microcred"
RESTS_ON = ("requirements.lock", "pyproject.toml", "devstack/install.sh", "devstack/install.py")
LOCK = CHECKOUT / ".venv.lock"
INHERITED = "MICROCRED_INSTALL_LOCK"
"""The variable that tells the descriptor of the lock to the command that this process becomes."""

PASSING_SECONDS = 3.0
"""For so many seconds the lock is tried again: commands hold it for a moment only, unless they install."""


class Refused(Exception):
    """The installation is not possible. The message says why and what to do."""


def main(arguments: list[str]) -> None:
    """Install what is missing, then become `microcred` with these arguments. Without arguments, end."""
    os.chdir(CHECKOUT)
    goal = f"make {' '.join(arguments)}" if arguments else "make"
    try:
        lock = _take_lock(goal, may_wait=not arguments)
    except OSError:
        if not (_is_fresh() and arguments):
            raise
        os.execv(
            MICROCRED, [str(MICROCRED), *arguments]
        )  # this user may not write here, and nothing has to be installed
    if not _is_fresh():
        _say_who(lock, f"{goal}: installing .venv")
        _install(lock)
    if arguments:
        _say_who(lock, f"{goal}: beginning")
        os.set_inheritable(lock, True)
        os.environ[INHERITED] = str(lock)
        os.execv(MICROCRED, [str(MICROCRED), *arguments])


def _is_fresh() -> bool:
    try:
        since = INSTALLED.stat().st_mtime_ns
    except FileNotFoundError:
        return False
    return MICROCRED.exists() and all((CHECKOUT / name).stat().st_mtime_ns <= since for name in RESTS_ON)


def _install(lock: int) -> None:
    whole = (
        INSTALLED.exists()
        and MICROCRED.exists()
        and subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode == 0
    )
    # An interrupted one may lack anything, so it is made again.
    if whole:
        _say(f"Updating .venv (Python {sys.version.split()[0]})")
        INSTALLED.unlink()
    else:
        python = _python_outside()
        _say(f"Making .venv with Python {sys.version.split()[0]}")
        _remove_venv()
        done = subprocess.run([python, "-m", "venv", str(VENV)], capture_output=True, text=True, pass_fds=[lock])
        if done.returncode != 0:
            sys.stderr.write(done.stdout + done.stderr)
            _remove_venv()
            raise Refused(
                f"{python} cannot make virtual environments. On Debian and Ubuntu: apt-get"
                " install python3-venv. Then try again."
            )
    _install_packages(lock)
    INSTALLED.touch()


def _python_outside() -> str:
    """This Python. If it is the one in the folder to be removed, the Python that it was made with."""
    python = str(getattr(sys, "_base_executable", "") or sys.executable)
    return os.path.realpath(python) if Path(python).is_relative_to(VENV) else python


def _install_packages(lock: int) -> None:
    text = Path("requirements.lock").read_text(encoding="utf-8")
    # The installer comes from the same lock. With it the rest takes seconds; without it pip does the same in a minute.
    installer = VENV / "installer.txt"
    installer.write_text("".join(re.findall(r"^uv==(?:.*\\\n)*.*\n", text, re.MULTILINE)), encoding="utf-8")
    # pip trusts the system's certificates by itself; uv needs a setting for it.
    environ = {"UV_SYSTEM_CERTS": "true", **os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "VIRTUAL_ENV": str(VENV)}

    def run(*command: str) -> bool:
        return (
            subprocess.run([str(VENV / "bin" / command[0]), *command[1:]], env=environ, pass_fds=[lock]).returncode == 0
        )

    if not run("python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(installer)):
        raise Refused("Packages cannot be downloaded (see above). Check the network and try again.")
    _say(f"Installing {len(re.findall(r'^[a-z0-9].*==', text, re.MULTILINE))} locked packages")
    if not run("uv", "pip", "install", "--require-hashes", "-r", "requirements.lock"):
        _say(
            "uv could not (see above); trying with pip, which knows the settings of"
            " pip.conf. This takes about a minute."
        )
        if not run("python", "-m", "pip", "install", "--require-hashes", "-r", "requirements.lock"):
            raise Refused(
                "Packages cannot be installed (see above). Check the network and free"
                " disk space (600 MB) and try again."
            )
    if not run("uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-e", "."):
        raise Refused("This checkout cannot be installed into .venv (see above). Try again.")


def _remove_venv() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    else:
        shutil.rmtree(VENV, ignore_errors=True)


def _take_lock(goal: str, may_wait: bool) -> int:
    """The lock's descriptor. Without `wait` it refuses while another `make` installs. It still waits for what an
    interrupted `make` left running."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + PASSING_SECONDS
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _say_who(descriptor, f"{goal}: beginning")
            return descriptor
        except BlockingIOError:
            process, _, doing = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
        if time.monotonic() > end and not told:
            command, _, doing = doing.partition(": ")
            who = f"`{command}` is at work in this checkout (process {process}, {doing})."
            if not _runs(process):
                _say("An interrupted `make` left an installer running; waiting for its end")
            elif may_wait:
                _say(f"{who} Waiting for it")
            else:
                raise Refused(
                    f"{who} Wait for it, or stop it: Ctrl-C where it runs, or `kill {process}`. Then try again."
                )
            told = True
        time.sleep(0.05)


def _runs(process: str) -> bool:
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _say_who(descriptor: int, doing: str) -> None:
    os.pwrite(descriptor, f"{os.getpid()} {doing}".encode()[:200].ljust(200), 0)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tell(sentence: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"\n✗ {sentence}\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(sys.argv[1:])
    except Refused as refused:
        _tell(str(refused))
        sys.exit(1)
    except OSError as error:
        _tell(f"{error.filename or 'The installation'}: {error.strerror}. Correct that and try again.")
        sys.exit(1)
    except KeyboardInterrupt:
        _tell("Interrupted; `make up` goes on from here.")
        sys.exit(130)
