"""The parts that all tests share: a PostgreSQL, a Kafka, a folder for servers of their own."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest
import structlog
from playwright.async_api import Browser, async_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from chassis.kafka.provision import provision
from devstack import backends
from tests import fresh_topics, left_out, servers
from tests.fresh_databases import FreshDatabases

WHOLE, BROWSER = "tests/whole/", "tests/whole/browser/"
LONGEST_FIRST = (
    "system/test_documented_commands",
    "system/test_devstack_interrupted",
    "system/test_devstack_stack",
    BROWSER,
    WHOLE,
    "system/test_mass_crash",
    "system/test_crashes",
    "system/test_devstack_kafka",
    "system/",
    "component/notify/test_kill",
    "component/chassis/test_inbox",
    "component/",
)

_desk = pytest.StashKey[servers.Desk]()


class NewDatabase(Protocol):
    """`await new_database("intake")` is the DSN of a fresh, migrated database, as the service's own role."""

    def __call__(self, service: str, *more: Path) -> Awaitable[str]: ...


def pytest_configure(config: pytest.Config) -> None:
    # As services do it: structlog's own choice colours the source of every frame, a second of CPU a traceback.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A script that starts the tests in the background has Ctrl-C ignored, and so would all that the tests start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):  # xdist's workers use the desk of the process that started them
        try:
            backends.check(os.environ)
        except backends.BackendRefused as refused:
            raise pytest.UsageError(str(refused)) from None
        config.stash[_desk] = servers.Desk(os.environ)
        os.environ[servers.DESK] = config.stash[_desk].address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left with one of them at the end."""
    items.sort(
        key=lambda item: next(
            (n for n, part in enumerate(LONGEST_FIRST) if part in item.path.as_posix()), len(LONGEST_FIRST)
        )
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> "InOnePlace":
    return InOnePlace(config, log)


class InOnePlace(LoadFileScheduling):
    """A file's tests run on one worker, one after the other; so do those of `tests/whole`, which share a system: with a
    browser on one, without on another."""

    def _split_scope(self, nodeid: str) -> str:
        return next((one for one in (BROWSER, WHOLE) if nodeid.startswith(one)), "") or super()._split_scope(nodeid)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what was imported and collected stays: the garbage collector need not look at it again and again


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") == "true" and left_out.of(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in left_out.lines(terminalreporter.config, in_ci=os.environ.get("CI") == "true"):
        terminalreporter.write_line(line, yellow=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if desk := config.stash.get(_desk, None):
        desk.close()
        os.environ.pop(servers.DESK, None)


@pytest.fixture(scope="session")
def postgres() -> str:
    """The DSN of the administrator of the PostgreSQL that all tests share. Most tests want `new_database`."""
    return servers.ask_here("postgres")


@pytest.fixture
async def new_database(postgres: str) -> AsyncIterator[NewDatabase]:
    """Makes fresh databases, dropped after the test: `dsn = await new_database("review")`; `"chassis"` has the chassis'
    tables only."""
    admin = await asyncpg.connect(postgres)
    databases = FreshDatabases(admin, postgres)
    try:
        yield databases.new
        await databases.close()
    finally:
        await admin.close()


@pytest.fixture
async def kafka(worker_id: str) -> AsyncIterator[str]:
    """`host:port` of a Kafka that holds the topics of the contracts, all empty, and that no other test uses
    meanwhile."""
    bootstrap = servers.ask_here(f"kafka {worker_id}")
    await provision(bootstrap)
    try:
        yield bootstrap
    finally:
        await fresh_topics.delete_all(bootstrap)


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for a server of the test's own. (`tmp_path` is out of reach for the account that PostgreSQL runs as
    under root.)"""
    folder = Path(tempfile.mkdtemp(prefix="microcred-server-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium for browser tests; where there is none they are left out, which the summary says."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    # Users have only Python and make: their run names what it left out, and why. In CI leaving anything out fails.
    pytest.skip("there is no Chromium on this machine; on Debian and Ubuntu: apt-get install chromium")


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The machine's own Chromium, started once a worker. It resolves no name, so it reaches only this machine."""
    async with async_playwright() as playwright:
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        browser = await playwright.chromium.launch(executable_path=chromium, headless=True, args=arguments)
        yield browser
        await browser.close()
