"""`python -m bench.up`: seconds of `make up`, the first time (nothing installed, empty cache) and again (`make down; make up`).

Runs in a clone of this checkout's HEAD in a temporary folder with an empty home; it downloads everything once.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.ground import RUNS, say
from devstack.paths import CHECKOUT

KEPT = ("PATH", "LANG", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "TERM")


def main() -> None:
    """The benchmark."""
    folder = Path(tempfile.mkdtemp(prefix="microcred-up-"))
    folder.chmod(0o755)
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    environ |= {"HOME": str(folder / "home"), "MICROCRED_PORT_OFFSET": "1400"}
    (folder / "home").mkdir()
    clone = folder / "microcred"
    subprocess.run(["git", "clone", "-q", str(CHECKOUT), str(clone)], check=True)
    try:
        first = _timed(clone, environ)
        again = []
        for _ in range(RUNS):
            subprocess.run(["make", "-s", "down"], cwd=clone, env=environ, check=True, stdout=subprocess.DEVNULL)
            again.append(_timed(clone, environ))
    finally:
        subprocess.run(["make", "-s", "reset"], cwd=clone, env=environ, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
    say("make up, first time (wanted: 120 s)", [first], "s")
    say("make up, again (wanted: 20 s)", again, "s")


def _timed(clone: Path, environ: dict[str, str]) -> float:
    began = time.monotonic()
    done = subprocess.run(["make", "-s", "up"], cwd=clone, env=environ, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-3000:] + done.stderr[-3000:])
        raise SystemExit(f"make up ended with {done.returncode}")
    return time.monotonic() - began


if __name__ == "__main__":
    main()
