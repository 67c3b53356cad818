"""A service process: migrations, database, consumer, relay, jobs and HTTP, around the parts from `build` of its
app.py."""

import asyncio
import gc
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

from chassis import erasing, settings
from chassis.database.migrations import CHASSIS_FOLDER, migrate
from chassis.database.pool import AWAY, Clock, Database, real_clock, shifted_clock
from chassis.database.transaction import Tx
from chassis.http import create_api, health
from chassis.http.edge import EdgeSettings, Uploads, host_name
from chassis.http.refusals import RefusalPage
from chassis.http.server import BoundedHttp
from chassis.http.sessions import Tokens
from chassis.jobs import Job, Jobs
from chassis.kafka import pulse, redrive
from chassis.kafka.brake import Brake
from chassis.kafka.consumer import Consumer
from chassis.kafka.handling import Handlers
from chassis.kafka.inbox import Inbox
from chassis.kafka.relay import Relay
from chassis.objects import ObjectStore
from chassis.personal import CHASSIS, Table
from chassis.settings import ServiceSettings
from chassis.telemetry import set_up_logs, set_up_traces
from contracts.topics import OPS_REDRIVES

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 6.0
"""The seconds that consumer, jobs and relay have to end. HTTP requests have three seconds before that, so a stop takes
less than ten in all."""


@dataclass(frozen=True)
class Parts:
    """The parts that the chassis gives to a service's `build`."""

    database: Database
    objects: ObjectStore
    clock: Clock


@dataclass(frozen=True)
class Service:
    """The result of a service's `build`: its routes, handlers and jobs, and what to begin and end.

    `public`: paths that scripts of any site may read.
    """

    routers: Sequence[APIRouter]
    handlers: Handlers
    jobs: Sequence[Job] = ()
    on_start: Sequence[Callable[[], Awaitable[None]]] = ()
    on_stop: Sequence[Callable[[], Awaitable[None]]] = ()
    uploads: Uploads | None = None
    public: re.Pattern[str] | None = None
    personal: Mapping[str, Table] = field(default_factory=lambda: CHASSIS)
    """What an erasure does with each table: the service's registry (`chassis.personal`)."""
    refusal_page: RefusalPage | None = None
    """Makes the page of a refusal for browsers. None: browsers get JSON, as programs do."""


S = TypeVar("S", bound=ServiceSettings)
Build = Callable[[Any, Parts], Service]


@dataclass
class Running:
    """A service whose parts are put together but not started. Tests drive it without Kafka; `serve` runs it with
    Kafka."""

    name: str
    service: Service
    database: Database
    api: FastAPI
    inbox: Inbox
    control: Inbox
    jobs: Jobs


def service_folder(name: str) -> Path:
    """The folder of a service, which has its migrations."""
    return Path(__file__).parent.parent / "services" / name / "migrations"


def assemble(name: str, config: ServiceSettings, database: Database, build: Build) -> Running:
    """Put a service together around an open database."""
    objects = ObjectStore.open(name, config.object_store_url)
    service = build(config, Parts(database, objects, database.clock))
    inbox = Inbox(name, database, service.handlers, Brake(name, database))
    control_name = f"{name}.control"
    control = Inbox(
        control_name, database, Handlers({OPS_REDRIVES.name: redrive.on_redrives(name)}), Brake(control_name, database)
    )
    erase = erasing.job(service.personal, objects)
    jobs = Jobs(database, [*redrive.jobs(inbox), pulse.job(name), erase, *service.jobs])
    edge = EdgeSettings(name, _hosts(name, config), service.uploads, service.public)
    api = create_api(database, service.routers, edge)
    api.state.refusal_page = service.refusal_page
    api.state.tokens = Tokens(config.session_jwks_file, database.clock)
    return Running(name, service, database, api, inbox, control, jobs)


def _hosts(name: str, config: ServiceSettings) -> frozenset[str]:
    """The host names that requests may use: that of the public address, this machine's own, and the service's name in
    its network."""
    named = [urlsplit(config.microcred_public_url).netloc, *config.allowed_hosts.split(","), config.http_host]
    return frozenset({host_name(one.strip()) for one in named} | {"127.0.0.1", "::1", "localhost", name}) - {""}


def main(name: str, kind: type[S], build: Build) -> None:
    """The command. `python -m services.<name>` serves; `python -m services.<name> migrate` only brings the database up
    to date."""
    config = settings.load(kind, name)
    set_up_logs(name, config.log_level, config.log_json)
    set_up_traces(name)
    if sys.argv[1:] == ["migrate"]:
        applied = asyncio.run(migrate(config.database_url, CHASSIS_FOLDER, service_folder(name)))
        log.info("migrated", applied=applied)
        return
    if sys.argv[1:]:
        raise SystemExit(f"unknown arguments {sys.argv[1:]}; use nothing, or: migrate")
    try:
        import uvloop

        calm_collector()
        uvloop.run(_serve(name, config, build))
    except KeyboardInterrupt:
        pass


def calm_collector() -> None:
    """Take the loaded modules out of garbage collection, because they stay. Collect the rest less often, which costs
    less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _serve(name: str, config: ServiceSettings, build: Build) -> None:
    clock = shifted_clock(config.clock_offset_file) if config.clock_offset_file is not None else real_clock
    database = await _database(name, config.database_url, clock)
    running = assemble(name, config, database, build)
    consumer = Consumer(name, config.kafka_bootstrap, running.inbox, running.control, _die)
    relay = Relay(name, config.database_url, config.kafka_bootstrap, _die)

    def wake_relay(tx: Tx) -> None:
        relay.wake(tx.said)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        database.after_commit.append(wake_relay)
        for begin in running.service.on_start:
            await begin()
        relay.start()
        consumer.start()
        running.jobs.start()
        yield
        # A process that was told to end is gone in time, even if something hangs. A thread does it, as the loop may
        # hang.
        last_resort = threading.Timer(DRAIN_SECONDS, os._exit, [0])
        last_resort.daemon = True
        last_resort.start()
        await consumer.stop()
        await running.jobs.stop()
        await relay.stop()
        for end in running.service.on_stop:
            await end()
        await database.close()

    running.api.router.lifespan_context = lifespan
    running.api.router.routes.extend(health.router(name, database, consumer, relay).routes)
    server = uvicorn.Server(listening(running.api, config))
    await server.serve()


def listening(api: FastAPI, config: ServiceSettings) -> uvicorn.Config:
    """The server of a service. It says here which proxies are trusted about the client's address, so that uvicorn's own
    environment variable has no effect."""
    return uvicorn.Config(
        api,
        host=config.http_host,
        port=config.http_port,
        http=BoundedHttp,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies(config.trusted_proxies),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,  # longer than gateways and clients keep an idle connection
        server_header=False,
    )


async def _database(name: str, dsn: str, clock: Clock) -> Database:
    """Migrate and connect as soon as the database answers."""
    while True:
        try:
            await migrate(dsn, CHASSIS_FOLDER, service_folder(name))
            return await Database.connect(name, dsn, clock)
        except AWAY as error:
            log.warning("the database is away; the service will start later", error=repr(error))
            await asyncio.sleep(0.5)


def _die(error: BaseException) -> NoReturn:
    """End the process at once, because going on would skip a record or send out of order. The supervisor starts it
    again."""
    log.critical("the process ends", error=repr(error), exc_info=error)
    sys.stderr.flush()
    os._exit(70)
