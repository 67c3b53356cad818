"""Puts `ops` together. Only this module reads its settings."""

from pathlib import Path

from chassis.database.pool import real_clock
from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from contracts.refusals import Text
from services.ops import personal
from services.ops.clients import Cluster
from services.ops.handlers import handlers
from services.ops.jobs import jobs
from services.ops.pages import console
from services.ops.pages import consumers as consumer_pages
from services.ops.pages import journeys as journey_pages
from services.ops.pages import letters as letter_pages
from services.ops.routes import consumers, journeys, letters
from web import static
from web.rendering import Pages

FLASHES = {
    "redrive_asked": Text(
        "The redrive was requested. Letters that the consumer can handle now leave this list within seconds."
    ),
    "discard_asked": Text(
        "The discard was requested. Letters that the consumer has discarded leave this list within seconds."
    ),
    "nothing_asked": Text("Nothing was requested: these letters are already settled."),
    "resume_asked": Text("The resume was requested. If the consumer had stopped itself, it goes on within seconds."),
}


class Settings(ServiceSettings):
    """The common settings; `ops` has no others."""

    http_port: int = 8006


def build(settings: Settings, parts: Parts) -> Service:
    """The service: the journal's handler, the JSON API and the pages."""
    cluster = Cluster(settings.kafka_bootstrap)
    pages = Pages.of(Path(__file__).parent, settings, flashes=FLASHES)
    return Service(
        routers=[
            letters.router(),
            consumers.router(cluster),
            journeys.router(),
            console.pages(pages, cluster, real_clock),
            letter_pages.pages(pages),
            consumer_pages.pages(pages, cluster),
            journey_pages.pages(pages),
            static.router(),
        ],
        handlers=handlers(),
        jobs=jobs(cluster),
        personal=personal.TABLES,
        refusal_page=pages.refuse,
    )
