"""Wires the service; the only reader of its settings."""

from pathlib import Path

from chassis.http import FieldError, Refusal, conflict, forbidden, invalid, not_found
from chassis.service import Parts, Service
from chassis.settings import ServiceSettings
from chassis.writing import Writer
from services.review.domain.access import NotThere
from services.review.domain.refusals import BadInput, NotYours, Refused
from services.review.handlers import handlers
from services.review.jobs import jobs
from services.review.pages import cases as case_pages
from services.review.pages import profile as profile_pages
from services.review.routes import cases, judging, profile
from services.review.usecases.panels import UnknownPerson
from web import static
from web.rendering import Pages


class Settings(ServiceSettings):
    """Nothing beyond what every service has."""

    http_port: int = 8003


def build(settings: Settings, parts: Parts) -> Service:
    """The service around its parts."""
    writer = Writer(parts.objects, Refused, BadInput, NotYours, NotThere, UnknownPerson)
    pages = Pages.of(Path(__file__).parent, settings)
    return Service(
        routers=[
            cases.router(parts.objects),
            judging.router(writer),
            profile.router(),
            case_pages.pages(pages, parts.objects),
            profile_pages.pages(pages),
            static.router(),
        ],
        handlers=handlers(),
        jobs=jobs(parts.objects),
        refusals={
            Refused: lambda error: conflict(error.type, error.detail, _fields(error.errors)),
            BadInput: lambda error: invalid(_fields(error.errors)),
            NotYours: lambda error: forbidden(str(error)),
            NotThere: lambda _: not_found(),
            UnknownPerson: _unknown_person,
        },
        refusal_page=pages.refuse,
    )


def _fields(errors: tuple[tuple[str, str], ...]) -> list[FieldError]:
    return [FieldError(field=field, message=message) for field, message in errors]


def _unknown_person(_: UnknownPerson) -> Refusal:
    return not_found(
        "person_id: no reviewer or chair with that id is known here (yet); check the id, or try again in a moment."
    )
