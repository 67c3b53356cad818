"""`python -m bench.up`: the seconds of `make up`, the first time (nothing installed, empty cache) and again (`make
down; make up`).

It runs in a clone of this checkout's HEAD in a temporary folder with an empty home, and downloads everything once.
`--here`: in this checkout, with its `.venv` and the user's cache; only the state is new.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.ground import say, size
from devstack.paths import CHECKOUT
from devstack.ports import free_offset
from devstack.programs import PORTS

KEPT = ("PATH", "LANG", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "TERM")


def main() -> None:
    """The benchmark."""
    how, given = size("up", _more)
    folder = Path(tempfile.mkdtemp(prefix="microcred-up-"))
    folder.chmod(0o755)
    shifted = {"MICROCRED_PORT_OFFSET": str(free_offset(PORTS.values())), "MICROCRED_STATE": str(folder / "state")}
    clone, environ = CHECKOUT, {**os.environ, **shifted}
    if not given.here:
        environ = {name: os.environ[name] for name in KEPT if name in os.environ}
        environ |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
        environ |= {"HOME": str(folder / "home"), **shifted}
        (folder / "home").mkdir()
        clone = folder / "microcred"
        subprocess.run(["git", "clone", "-q", str(CHECKOUT), str(clone)], check=True)
    again = []
    try:
        first = _timed(clone, environ)
        for _ in range(how.runs):
            subprocess.run(["make", "-s", "down"], cwd=clone, env=environ, check=True, stdout=subprocess.DEVNULL)
            again.append(_timed(clone, environ))
    finally:
        subprocess.run(["make", "-s", "reset"], cwd=clone, env=environ, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
    say("make up with a new state" if given.here else "make up, first time (wanted: 120 s)", [first], "s")
    say("make up, again (wanted: 20 s)", again, "s")


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--here", action="store_true", help="in this checkout, with the installed packages; only the state is new"
    )


def _timed(clone: Path, environ: dict[str, str]) -> float:
    began = time.monotonic()
    done = subprocess.run(["make", "-s", "up"], cwd=clone, env=environ, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-3000:] + done.stderr[-3000:])
        raise SystemExit(f"make up ended with {done.returncode}")
    return time.monotonic() - began


if __name__ == "__main__":
    main()
