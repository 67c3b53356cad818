"""Wires the service; the only reader of its settings."""

from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from services.review.handlers import handlers
from services.review.jobs import jobs
from services.review.routes import router


class Settings(ServiceSettings):
    """Nothing beyond what every service has."""

    http_port: int = 8003


def build(settings: Settings, parts: Parts) -> Service:
    """The service around its parts."""
    return Service(routers=[router(parts.objects)], handlers=handlers(), jobs=jobs(parts.objects))
