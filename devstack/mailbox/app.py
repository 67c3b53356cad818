"""Puts the mailbox together: SMTP and HTTP in one process, with one event loop and one store."""

import asyncio
import socket
from functools import partial

from aiosmtpd.smtp import SMTP
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devstack.mailbox.api import Api
from devstack.mailbox.pages import Pages
from devstack.mailbox.smtp import LARGEST_MAIL, Postman
from devstack.mailbox.store import Store
from devstack.serving import serve


async def run(store: Store, http: socket.socket, smtp: socket.socket) -> None:
    """Take and show mails until told to stop."""
    postman = Postman(store)
    connection = partial(
        SMTP,
        postman,
        hostname="mailbox",
        ident="microcred development mailbox",
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
    )
    server = await asyncio.get_running_loop().create_server(connection, sock=smtp)
    try:
        await serve(build(store), [http])
    finally:
        server.close()
        store.close()


def build(store: Store) -> Starlette:
    health = [Route("/livez", _well), Route("/readyz", _well)]
    return Starlette(routes=[*health, *Api(store).routes(), *Pages(store).routes()])


async def _well(_: Request) -> Response:
    return JSONResponse({"http": {"status": "ok"}})
