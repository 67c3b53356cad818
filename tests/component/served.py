"""A service's HTTP on a real socket, so that a client's faults reach it as in a deployment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from devstack.ports import free_ports
from tests.waiting import until


@dataclass(frozen=True)
class Served:
    """The address on which it listens."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def raw(self, *pieces: bytes, hang_up: bool = False) -> bytes:
        """Send bytes as they are, and read the answer until the server closes; or hang up after the last piece."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            if hang_up:
                return b""
            async with asyncio.timeout(30):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def served(api: FastAPI) -> AsyncIterator[Served]:
    """Serve it, as `chassis.service` does, while the block runs."""
    (port,) = free_ports(1)
    server = uvicorn.Server(
        uvicorn.Config(api, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or task.done())
        assert server.started, "it did not start"
        yield Served(port)
    finally:
        server.should_exit = True
        await task
