"""Only the owner can read what a stack keeps, whatever the umask. PostgreSQL of root, which runs as another account,
reaches only its own folder."""

import contextlib
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from devstack.keys import Keys
from devstack.ports import answers, free_offset
from devstack.programs import PORTS, Plan, Program, services
from devstack.server_account import account_for_servers
from devstack.stack import Stack

STRANGER = 12_345
AS_ROOT = os.geteuid() == 0
"""Only root can look with the eyes of another account, and only root's PostgreSQL is another account's. Modes are
compared by everybody."""
PASSAGES = {".": 0o711, "postgres": 0o711} if account_for_servers() is not None else {}
WRITTEN = {
    "logs/intake.log",
    "mailbox/mailbox.sqlite",
    "stripe/stripe.sqlite",
    "supervisord.log",
    "objects",
    "run/intake.sh",
    "clock",
}


class Private:
    """A stack with one of the real services."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.plan = Plan(state, free_offset(PORTS.values()))
        self.stack = Stack(self.plan, Console(quiet=True), self._services)

    def _services(self, plan: Plan, keys: Keys) -> list[Program]:
        return [program for program in services(plan, keys) if program.name == "intake"]

    @property
    def data(self) -> Path:
        """PostgreSQL's own, which looks after it itself."""
        return self.state / "postgres" / "data"

    def everything(self) -> list[Path]:
        return [self.state, *(path for path in self.state.rglob("*") if not path.is_symlink())]

    def modes(self) -> dict[str, int]:
        """The modes of all files except PostgreSQL's own data; `.` is the state folder itself."""
        found = {}
        for path in self.everything():
            if not path.is_relative_to(self.data):
                with contextlib.suppress(FileNotFoundError):  # programs at work make files and remove them
                    found[path.relative_to(self.state).as_posix()] = stat.S_IMODE(path.lstat().st_mode)
        return found

    def open_to_others(self) -> dict[str, int]:
        return {name: mode for name, mode in self.modes().items() if mode & 0o077}


def usable_by(uid: int, paths: list[Path]) -> list[Path]:
    """What an account that is in no other group can list, read or write: tried by a child that is this account."""
    folders = {path for path in paths if path.is_dir()}
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            numbers = [str(number) for number, path in enumerate(paths) if _usable(path, path in folders)]
            os.write(tell, " ".join(numbers).encode())
            code = 0
        os._exit(code)
    os.close(tell)
    with os.fdopen(told) as answer:
        found = [paths[int(number)] for number in answer.read().split()]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return found


def _usable(path: Path, is_folder: bool) -> bool:
    for how in ("read", "write"):
        with contextlib.suppress(OSError):
            if is_folder:
                os.listdir(path) if how == "read" else (path / "by-a-stranger").touch()
            else:
                path.open("rb" if how == "read" else "ab").close()
            return True
    return False


@pytest.fixture
def open_umask() -> Iterator[None]:
    """One that hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("open_umask")
def test_nobody_else_can_use_anything_of_a_stack_and_an_open_one_is_closed_by_the_next_make_up(
    server_folder: Path,
) -> None:
    private = Private(server_folder / "state")
    try:
        private.stack.up()
        assert private.open_to_others() == PASSAGES
        assert private.modes().keys() >= WRITTEN
        assert any(name.startswith("kafka/data/intake.people-0/") for name in private.modes())
        assert {stat.S_IMODE(path.lstat().st_mode) & 0o077 for path in [private.data, *private.data.rglob("*")]} == {0}

        private.stack.down()
        for path in private.everything():  # as an earlier version left it
            if not path.is_relative_to(private.data):
                path.chmod(0o755 if path.is_dir() else 0o644)
        private.stack.up()
        assert private.open_to_others() == PASSAGES
        assert answers(private.plan.ports["intake"])
        if AS_ROOT:
            everything = private.everything()
            assert usable_by(STRANGER, everything) == []
            servers = usable_by(pwd.getpwnam("nobody").pw_uid, everything)
            assert [path for path in servers if not path.is_relative_to(private.data)] == []
            assert private.data / "PG_VERSION" in servers
            assert usable_by(0, everything) != []
    finally:
        private.stack.reset()


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("open_umask")
def test_where_others_cannot_pass_nothing_of_the_state_is_a_passage(server_folder: Path) -> None:
    """Under root, PostgreSQL's folder lies elsewhere then."""
    server_folder.chmod(0o700)
    private = Private(server_folder / "state")
    try:
        private.stack.up()
        elsewhere = (private.state / "postgres").resolve()
        assert private.open_to_others() == {}
        assert elsewhere.is_relative_to(server_folder) == (not AS_ROOT)
        if AS_ROOT:
            assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o711
            assert usable_by(STRANGER, [elsewhere, *elsewhere.rglob("*")]) == []
    finally:
        private.stack.reset()
    assert not elsewhere.exists()
