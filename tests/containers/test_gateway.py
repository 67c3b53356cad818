"""The gateway's list of paths against the routes that the services really have, and against the addresses that are
fixed."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.database.pool import Database
from chassis.service import assemble
from devstack.names import SERVICES
from tests.one_service import Keys

CHECKOUT = Path(__file__).resolve().parents[2]
NEEDED: dict[str, dict[str, str]] = {
    "payments": {"stripe_api_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"},
    "notify": {"smtp_from": "no-reply@example.org"},
}
ID = "0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10"

_RULE = re.compile(r"^\s*~(\S+)\s+(\w+);$", re.MULTILINE)
RULES = [
    (re.compile(path), service)
    for path, service in _RULE.findall((CHECKOUT / "deploy/gateway/routes.conf").read_text())
]


def answered_by(path: str) -> str:
    """The service that nginx's map chooses: of the first expression that fits; empty for none."""
    return next((service for expression, service in RULES if expression.search(path)), "")


def paths(service: str, folder: Path) -> Iterator[str]:
    """Every path of a service's own routes, with an id in the place of each parameter."""
    module = importlib.import_module(f"services.{service}.app")
    given = {
        name: value for name, value in Keys.make(folder).settings().items() if name in module.Settings.model_fields
    }
    settings = module.Settings(
        database_url="", object_store_url=f"file://{folder}/objects", **given, **NEEDED.get(service, {})
    )
    unopened: Any = None
    for router in assemble(service, settings, Database(service, unopened), module.build).service.routers:
        for route in router.routes:
            yield re.sub(r"\{[^}]*\}", ID, getattr(route, "path"))  # noqa: B009


@pytest.mark.parametrize("service", SERVICES)
async def test_every_route_of_a_service_is_reached_through_the_gateway(service: str, tmp_path: Path) -> None:
    found = list(paths(service, tmp_path))
    assert found or service == "notify"
    assert {path: answered_by(path) for path in found} == dict.fromkeys(found, service)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/credentials", "intake"),
        ("/api/me", "intake"),
        ("/api/me/export", "intake"),
        (f"/api/applications/{ID}/letter-requests", "intake"),
        ("/letters/abc", "intake"),
        ("/api/letters/abc", "intake"),
        ("/api/cohorts", "intake"),
        ("/webhooks/stripe", "payments"),
        (f"/api/payments/{ID}/waiver", "payments"),
        (f"/api/review/cases/{ID}/appeal", "review"),
        (f"/badges/{ID}.png", "badging"),
        ("/.well-known/did.json", "badging"),
        ("/status/1", "badging"),
        ("/verify", "badging"),
        ("/api/verify", "badging"),
        ("/api/me/badges", "badging"),
        ("/api/certifications/community-engagement-professional/progress", "badging"),
        ("/api/subscriptions", "notify"),
        ("/api/preferences", "notify"),
        ("/unsubscribe/abc", "notify"),
        ("/confirm/abc", "notify"),
        ("/ops", "ops"),
        ("/api/ops/dead-letters/redrive", "ops"),
    ],
)
def test_the_fixed_addresses(path: str, service: str) -> None:
    assert answered_by(path) == service


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/readyz",
        "/livez",
        "/openapi.json",
        "/docs",
        "/api",
        "/api/",
        "/services/intake/metrics",
        "/run/secrets",
    ],
)
def test_what_each_service_has_for_itself_is_not_at_the_origin(path: str) -> None:
    assert answered_by(path) == ""
