"""What a killed supervisor leaves: supervisors that do not answer, and programs without a supervisor (orphans)."""

import contextlib
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from devstack import postgres
from devstack.supervisor_config import file_of


def supervisors(folder: Path) -> list[psutil.Process]:
    """The supervisors of this state folder, by their command lines."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[-2:] == ["-c", str(file_of(folder))]
    ]


def orphans(folder: Path) -> list[psutil.Process]:
    """Programs that certainly belong to this folder: PostgreSQL on its data, and the processes that wrote their ids
    into it when they began."""
    found = [server for server in [postgres.running_server(folder / "postgres")] if server]
    for file in sorted((folder / "pids").glob("*.pid")):
        with contextlib.suppress(ValueError, psutil.Error, OSError):
            process = psutil.Process(int(file.read_text()))
            # Not a later process that got the same id.
            begun = -60 < process.create_time() - file.stat().st_mtime < 1
            if begun and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end_orphans(folder: Path) -> None:
    """End the programs that a killed supervisor left. No other process is touched."""
    found = orphans(folder)
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    _, left = psutil.wait_procs(found, timeout=20)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=5)
    for file in (folder / "pids").glob("*.pid"):
        file.unlink(missing_ok=True)
