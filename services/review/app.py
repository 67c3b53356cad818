"""Puts the service together. Only this module reads its settings."""

from pathlib import Path

from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from services.review import pages, personal
from services.review.handlers import handlers
from services.review.jobs import jobs
from services.review.routes import router
from web import static
from web.rendering import Pages


class Settings(ServiceSettings):
    """The settings that every service has."""

    http_port: int = 8003


def build(settings: Settings, parts: Parts) -> Service:
    """The service with its parts."""
    shown = Pages.of(Path(__file__).parent, settings, flashes=pages.FLASHES)
    return Service(
        routers=[router(parts.objects), pages.pages(shown, parts.objects), static.router()],
        handlers=handlers(),
        jobs=jobs(parts.objects),
        personal=personal.TABLES,
        refusal_page=shown.refuse,
    )
