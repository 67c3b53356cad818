"""Puts the service together. Only this module reads its settings."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from chassis.kafka.handling import Handlers
from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from contracts.events.people import PersonDescribed
from contracts.topics import INTAKE_APPLICATIONS, INTAKE_CATALOG, INTAKE_PEOPLE
from services.payments import handlers, jobs, personal, routes
from services.payments.clients import Stripe
from services.payments.outside import Desk
from services.payments.pages import FLASHES, pages
from web import static
from web.rendering import Pages


class Settings(ServiceSettings):
    """The settings of payments beside the common ones."""

    http_port: int = 8002
    stripe_api_key: str = Field(min_length=1)
    stripe_webhook_secret: str = Field(min_length=1)
    stripe_api_base: str = "https://api.stripe.com"
    stripe_checkout_origin: str = "https://checkout.stripe.com"
    stripe_timeout_seconds: float = Field(default=8, gt=0, description="of one call")
    stripe_retries: int = Field(
        default=2,
        ge=0,
        description="how often a call is repeated at once with its key, before a job repeats it later",
    )
    settle_after_seconds: float = Field(
        default=12,
        gt=0,
        description="after how many seconds Stripe is asked about an open page, and how often after that",
    )
    settle_every_seconds: float = Field(default=4, gt=0, description="how often such pages are looked for")


def build(settings: Settings, parts: Parts) -> Service:
    """The service with its parts. Call it inside the running loop."""
    stripe = Stripe(
        settings.stripe_api_key,
        settings.stripe_webhook_secret,
        settings.stripe_api_base,
        settings.stripe_timeout_seconds,
        settings.stripe_retries,
    )
    desk = Desk(stripe, settings.microcred_public_url, timedelta(seconds=settings.settle_after_seconds))
    rendered = Pages.of(
        Path(__file__).parent, settings, flashes=FLASHES, form_targets=[settings.stripe_checkout_origin]
    )
    return Service(
        routers=[routes.router(desk), pages(desk, rendered), static.router()],
        handlers=Handlers(
            {
                INTAKE_APPLICATIONS.name: handlers.on_applications,
                INTAKE_CATALOG.name: handlers.on_catalog,
                INTAKE_PEOPLE.name: handlers.on_people,
            },
            many={PersonDescribed: handlers.on_described},
        ),
        jobs=jobs.jobs(desk, timedelta(seconds=settings.settle_every_seconds)),
        on_stop=[stripe.close],
        personal=personal.TABLES,
        refusal_page=rendered.refuse,
    )
