from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.component.devstack.running import Running, Sandbox, free_ports


@pytest.fixture(scope="module")
async def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("stripe"))
    await sandbox.open()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """A Stripe sandbox that a module's tests share; its switches are as at first."""
    await shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
async def own_sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox for this test alone, which may kill it."""
    sandbox = Sandbox(tmp_path)
    await sandbox.open()
    yield sandbox
    await sandbox.close()


class Mailbox:
    """The running mailbox, with a client to its HTTP."""

    def __init__(self, folder: Path, keep: int) -> None:
        port, self.smtp_port = free_ports(2)
        address = f"http://127.0.0.1:{port}"
        arguments = ["--http-port", str(port), "--smtp-port", str(self.smtp_port), "--state-dir", str(folder), "--keep", str(keep)]
        self.process = Running("devstack.mailbox", arguments, address, folder / "log")
        self.http = httpx.AsyncClient(base_url=address)

    async def open(self) -> None:
        await self.process.start()

    async def close(self) -> None:
        self.process.end()
        await self.http.aclose()


@pytest.fixture(scope="module")
async def shared_mailbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("mailbox"), 1_000)
    await mailbox.open()
    yield mailbox
    await mailbox.close()


@pytest.fixture
async def mailbox(shared_mailbox: Mailbox) -> Mailbox:
    """A mailbox that a module's tests share, empty."""
    assert (await shared_mailbox.http.delete("/api/v1/messages")).text == "ok"
    return shared_mailbox


@pytest.fixture
async def small_mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    """A mailbox for this test alone, which keeps the newest three mails."""
    mailbox = Mailbox(tmp_path, 3)
    await mailbox.open()
    yield mailbox
    await mailbox.close()
