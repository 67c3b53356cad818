"""Which service answers each address: a real Caddy with the gateway's file, asked for every address."""

import importlib
import inspect
import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.database.pool import Database
from chassis.service import assemble
from contracts import pages
from devstack import gateway
from devstack.names import SERVICES
from tests.one_gateway import OneGateway, running
from tests.one_service import Keys

NEEDED: dict[str, dict[str, str]] = {
    "payments": {"stripe_api_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"},
    "notify": {"smtp_from": "no-reply@example.org"},
}
ID = "0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10"

PAGES = {
    "HOME": "intake",
    "SIGN_IN": "intake",
    "SIGN_OUT": "intake",
    "ACCOUNT": "intake",
    "ACCOUNT_EXPORT": "intake",
    "ACCOUNT_ERASURE": "intake",
    "ERASED": "intake",
    "APPLICATIONS": "intake",
    "BADGES": "badging",
    "REVIEW": "review",
    "REVIEW_CASES": "review",
    "DECISIONS": "review",
    "REVIEW_PROFILE": "review",
    "LANGUAGE": "intake",
    "CONSOLE": "ops",
    "DEAD_LETTERS": "ops",
    "JOURNEYS": "ops",
    "ISSUER": "badging",
    "STAFF": "intake",
    "STAFF_PERIODS": "intake",
    "STAFF_PEOPLE": "intake",
    "STAFF_AUDIT": "intake",
    "STAFF_PROGRAM": "intake",
    "STAFF_CSV": "intake",
    "STAFF_COHORTS": "intake",
    "NEW_COHORT": "intake",
    "cohort": "intake",
    "cohort_calendar": "intake",
    "staff_cohort": "intake",
    "staff_cohort_details": "intake",
    "staff_cohort_opening": "intake",
    "staff_cohort_cancellation": "intake",
    "staff_new_session": "intake",
    "staff_session": "intake",
    "staff_session_cancellation": "intake",
    "staff_place": "intake",
    "staff_application": "intake",
    "staff_deadline": "intake",
    "staff_period": "intake",
    "staff_person": "intake",
    "staff_version": "intake",
    "staff_version_moves": "intake",
    "staff_move": "intake",
    "staff_reopening": "intake",
    "credential": "intake",
    "begin": "intake",
    "application": "intake",
    "basic_information": "intake",
    "agreement": "intake",
    "eligibility": "intake",
    "research_consent": "intake",
    "study_plan": "intake",
    "decision": "intake",
    "path_choice": "intake",
    "self_assessment": "intake",
    "material": "intake",
    "submission": "intake",
    "letters": "intake",
    "letter_replacement": "intake",
    "letter": "intake",
    "letter_decline": "intake",
    "deadline": "intake",
    "withdrawal": "intake",
    "fee": "payments",
    "staff_fee": "payments",
    "checkout": "payments",
    "paid": "payments",
    "case": "review",
    "declaration": "review",
    "decline": "review",
    "scores": "review",
    "scores_check": "review",
    "case_decision": "review",
    "badge": "badging",
    "badge_credential": "badging",
    "achievement": "badging",
    "achievement_version": "badging",
    "status_list": "badging",
    "journey": "ops",
    "dead_letter": "ops",
    "consumer": "ops",
    "sign_in": "intake",
}
"""The service that owns each address of `contracts.pages`."""

FIXED: dict[str, str] = {
    **dict.fromkeys(
        (
            "/ /sign-in /sign-out /signed-in /account /account/sessions /language /applications"
            f" /static/app.0123456789ab.css /applications/{ID} /applications/{ID}/basic-information"
            f" /applications/{ID}/agreement /applications/{ID}/payment /applications/{ID}/materials/cv"
            f" /applications/{ID}/decision /letters/abc /credentials/a /staff /staff/people /staff/cohorts"
            " /api/credentials /api/me /api/me/export /api/cohorts"
            f" /api/applications/{ID}/letter-requests /api/letters/abc /api/sign-in /api/sessions/current"
        ).split(),
        "intake",
    ),
    **dict.fromkeys(
        f"/payments/{ID} /payments/{ID}/return /webhooks/stripe /staff/ledger /staff/ledger/{ID}"
        f" /api/payments/{ID}/waiver /api/ledger".split(),
        "payments",
    ),
    **dict.fromkeys(
        f"/review /review/profile /review/cases/{ID}/declaration /decisions /decisions/{ID} /staff/review"
        f" /staff/review/{ID} /api/review/cases/{ID}/appeal".split(),
        "review",
    ),
    **dict.fromkeys(
        f"/badges /badges/{ID}.png /badges/{ID}.pdf /achievements/a/1 /certifications/a /verify /status/revocation-1"
        f" /.well-known/did.json /staff/badges /staff/badges/{ID} /api/badges/{ID}/revocation /api/verify"
        " /api/certifications /api/certifications/a/progress /api/me/badges".split(),
        "badging",
    ),
    **dict.fromkeys(
        f"/preferences /subscribe /confirm/abc /unsubscribe/abc /staff/announcements /staff/announcements/{ID}"
        " /api/subscriptions /api/preferences /api/announcements".split(),
        "notify",
    ),
    **dict.fromkeys(f"/ops /ops/journeys/{ID} /api/ops/dead-letters/redrive".split(), "ops"),
}
"""Addresses that are fixed, whether a service has them yet or not."""


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OneGateway]:
    """A gateway before six servers that answer everything."""
    async with running(tmp_path_factory.mktemp("gateway")) as one:
        yield one


def addresses(service: str, folder: Path) -> Iterator[str]:
    """Every address of a service's own routes, and of its description, with an id in the place of each parameter.

    Files of pages are left out: every service has the same ones, and intake serves them.
    """
    module = importlib.import_module(f"services.{service}.app")
    given = {
        name: value for name, value in Keys.make(folder).settings().items() if name in module.Settings.model_fields
    }
    settings = module.Settings(
        database_url="", object_store_url=f"file://{folder}/objects", **given, **NEEDED.get(service, {})
    )
    unopened: Any = None
    running = assemble(service, settings, Database(service, unopened), module.build)
    routes = [getattr(route, "path") for router in running.service.routers for route in router.routes]  # noqa: B009
    for path in {*routes, *running.api.openapi()["paths"]} - {"/static/{name}", "/static/{name:path}"}:
        yield re.sub(r"\{[^}]*\}", ID, path)


def page_addresses() -> Iterator[tuple[str, str]]:
    """The name and the address of each page that `contracts.pages` declares."""
    samples = {UUID: UUID(ID), str: "a", str | int: "1"}
    for name, found in vars(pages).items():
        if name.isupper() and isinstance(found, str):
            yield name, found
        elif inspect.isfunction(found) and found.__module__ == pages.__name__:
            parameters = inspect.signature(found, eval_str=True).parameters.values()
            yield name, found(*(samples[parameter.annotation] for parameter in parameters))


async def answers(front: OneGateway, paths: Mapping[str, str]) -> dict[str, str]:
    return {path: await front.answered_by(path) for path in paths}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_address_of_a_service_is_reached_through_the_gateway(
    front: OneGateway, service: str, tmp_path: Path
) -> None:
    expected = dict.fromkeys(addresses(service, tmp_path), service)
    assert expected or service == "notify"
    assert await answers(front, expected) == expected


async def test_every_page_that_services_name_to_each_other_is_its_owners(front: OneGateway) -> None:
    found = dict(page_addresses())
    assert set(found) == set(PAGES), "PAGES names the owner of each address of contracts.pages"
    expected = {found[name]: service for name, service in PAGES.items()}
    assert await answers(front, expected) == expected


@pytest.mark.parametrize("service", SERVICES)
def test_every_page_that_services_name_to_each_other_is_a_route_of_its_owner(service: str, tmp_path: Path) -> None:
    routes = [re.compile(re.escape(path).replace(re.escape(ID), "[^/]+")) for path in addresses(service, tmp_path)]
    found = dict(page_addresses())
    mine = {found[name].partition("?")[0] for name, owner in PAGES.items() if owner == service}
    assert sorted(path for path in mine if not any(route.fullmatch(path) for route in routes)) == []


async def test_the_fixed_addresses(front: OneGateway) -> None:
    assert await answers(front, FIXED) == FIXED


async def test_what_no_route_takes_is_intakes_to_answer(front: OneGateway) -> None:
    near = "/opsx /api/ops /paymentsx /payments /badgesx /achievements /api/badgesx /api/reviewx /statusx /verify/x"
    near += " /staff/ledgers /staff/reviewers /staff/badgesx /api/ledgers /webhooks /webhooks/stripe/x"
    near += " /did.json /favicon.ico"
    expected = dict.fromkeys(near.split(), "intake")
    assert await answers(front, expected) == expected


def test_the_list_has_no_route_that_nothing_needs(tmp_path: Path) -> None:
    environ = gateway.environment("http://127.0.0.1:8000", 8000, {name: f"{name}:8000" for name in SERVICES}, tmp_path)
    done = subprocess.run(
        [gateway.caddy(), "adapt", "--config", str(gateway.FILE), "--adapter", "caddyfile"],
        env=environ,
        capture_output=True,
        check=True,
    )
    known = {*FIXED, *dict(page_addresses()).values(), *INSIDE}
    known |= {path for service in SERVICES for path in addresses(service, tmp_path)}
    patterns = set(_patterns(json.loads(done.stdout)))
    assert len(patterns) > 30
    assert [one for one in sorted(patterns) if not any(fnmatchcase(path, one) for path in known)] == []


def _patterns(config: Any) -> Iterator[str]:
    """Every path that a matcher of the configuration names."""
    if isinstance(config, dict):
        for name, value in config.items():
            yield from value if name == "path" and isinstance(value, list) else _patterns(value)
    elif isinstance(config, list):
        for value in config:
            yield from _patterns(value)


INSIDE = ("/livez", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json")


@pytest.mark.parametrize("path", INSIDE)
async def test_what_a_service_has_for_whoever_runs_it_is_not_for_outsiders(front: OneGateway, path: str) -> None:
    came = len(front.seen)
    for spelled in (path, path.upper(), f"/{path}", f"/x/..{path}", f"/%{ord(path[1]):02x}{path[2:]}", f"{path}?all=1"):
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            response = await front.http.request(method, f"{front.url}{spelled}")
            assert (response.status_code, response.headers["server"]) == (404, "microcred"), spelled
    refused = (await front.http.get(path)).json()
    assert (refused["type"], refused["status"]) == ("not_found", 404)
    assert front.seen[came:] == []
