"""Wires `ops`. The only reader of its settings."""

from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from services.ops import handlers, pages, routes
from services.ops.clients import Cluster
from services.ops.jobs import JOBS


class Settings(ServiceSettings):
    """Nothing of its own."""

    http_port: int = 8006


def build(settings: Settings, parts: Parts) -> Service:
    """The journal's handler, the JSON API and the page."""
    cluster = Cluster(settings.kafka_bootstrap)
    return Service(
        routers=[routes.build(cluster), pages.build(cluster)],
        handlers=handlers.build(),
        jobs=JOBS,
        refusals=routes.REFUSALS,
    )
