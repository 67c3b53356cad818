"""Serves an ASGI application of the devstack on a port of this machine."""

import socket
from collections.abc import Iterable

import uvicorn
from starlette.types import ASGIApp

from devstack.ports import LOOPBACK


def claim(port: int, purpose: str, host: str = LOOPBACK) -> socket.socket:
    """Bind `port` on the loopback interface (in a container, on all its addresses) without listening yet. 0 takes a
    free port.

    If another program has the port, the process ends with a sentence that names the port and the remedy.
    """
    claimed = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claimed.bind((host, port))
    except OSError as taken:
        claimed.close()
        raise SystemExit(
            f"port {port} of {host}, wanted for {purpose}, is not free ({taken.strerror}): stop"
            " what has it, or set MICROCRED_PORT_OFFSET"
        ) from taken
    return claimed


async def serve(app: ASGIApp, sockets: Iterable[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT; open requests get five seconds to finish."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=5, server_header=False, lifespan="on"
    )
    await uvicorn.Server(config).serve(sockets=list(sockets))
